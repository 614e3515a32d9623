import { formatDuration } from '../../model/duration.ts';
import { formatNumber } from '../../model/number.ts';
import type { PageData, SourceRun } from '../page-data.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { foldedAfter, more, section, sentenceTable, shownSources } from './picture.ts';
import { linked, runAddress } from './run-address.ts';
import { clock } from './words.ts';

/** The number of columns, for few sources and for many: whole lines of a phone's width. */
const columns = { most: 36, least: 12, cells: 1_200, ofLine: 12 };

const hourMs = 3_600_000;

/** As many as somebody may read. */
const shownRuns = 200;

const marks: Readonly<Record<SourceRun['state'], string>> = {
  landed: '',
  'held back': '!',
  failed: '✕',
  running: '…',
  cancelled: '–',
};

/** Sources × the last runs as cells, newest on the right; each cell links to its run. Runs of one interval share a column. */
export function runsGrid(data: PageData): Html {
  const { at, everyMs } = data;
  return section(
    'runs',
    'Runs',
    data.runs,
    (runs) => {
      if (runs.length === 0) return 'No source has run yet.';
      const names = 'value' in data.sources ? data.sources.value.map(({ source }) => source) : [];
      const sources = [...new Set([...names, ...runs.map(({ source }) => source)])];
      const fitting = Math.floor(columns.cells / sources.length / columns.ofLine) * columns.ofLine;
      const slots = Math.max(columns.least, Math.min(columns.most, fitting));
      const newest = Math.floor(at / everyMs);
      const cells = new Map<string, SourceRun[]>();
      const newestState = new Map<string, SourceRun['state']>();
      // Runs come newest first.
      for (const run of runs) {
        if (!newestState.has(run.source) && run.state !== 'running') newestState.set(run.source, run.state);
        const key = `${Math.floor(run.startedAt / everyMs)} ${run.source}`;
        cells.set(key, [...(cells.get(key) ?? []), run]);
      }
      const times = Array.from({ length: slots }, (_, back) => newest - slots + 1 + back);
      const label = (slot: number) => clock(slot * everyMs, at);
      const labelled = labelledSlots(times, everyMs);
      const isWell = (source: string) => newestState.get(source) === 'landed';
      // Few keep their places; of many, those that need somebody come first.
      const inOrder =
        sources.length <= shownSources
          ? sources
          : [...sources.filter((source) => !isWell(source)), ...sources.filter(isWell)];
      const grid = (shown: readonly string[]) =>
        html`<table class="grid">
          <thead>
            <tr>
              <th scope="col">source</th>
              ${labelled.map((n, at) => html`<th scope="colgroup" colspan="${(labelled[at + 1] ?? slots) - n}">${label(times[n]!)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${shown.map(
              (source) =>
                html`<tr>
                  <th scope="row" title="${source}">${source}</th>
                  ${times.map((slot, n) => {
                    const found = cells.get(`${slot} ${source}`);
                    return html`<td${n % columns.ofLine === 0 && html` data-from="${label(slot)}"`}>${found && cell(data, found)}</td>`;
                  })}
                </tr> `,
            )}
          </tbody>
        </table>`;
      const several = [...cells].filter(
        ([key, found]) => found.length > 1 && Number(key.split(' ', 1)[0]) >= times[0]!,
      );
      return html`<p class="key">
          ${(['landed', 'held back', 'failed', 'running'] as const).map(
            (state) =>
              html`<span><i class="cell ${state.replace(' ', '-')}">${marks[state]}</i> ${state}</span> `,
          )}<span
            >A cell shows the seconds of the run, and links to it. A marked corner: the last of several
            runs.</span
          >
        </p>
        ${foldedAfter(shownSources, inOrder, 'source', grid)}
        ${several.length > 0 && more('All runs of the cells with a corner', severalTable(data, several))}`;
    },
    true,
  );
}

/** The columns that have a time above them: the first, and then those that begin a whole hour, or every sixth. */
function labelledSlots(times: readonly number[], everyMs: number): readonly number[] {
  const all = times.map((_, n) => n);
  const whole = all.filter((n) => (times[n]! * everyMs) % hourMs < everyMs);
  const hours = hourMs % everyMs === 0 && everyMs * 4 <= hourMs ? whole : all.filter((n) => n % 6 === 0);
  return [...new Set([0, ...hours])];
}

/** The newest of the runs in one interval, with a marked corner where there are several. */
function cell(data: PageData, runs: readonly SourceRun[]): Html {
  const [run, ...earlier] = runs as [SourceRun, ...SourceRun[]];
  const took = secondsOf(run, data.at);
  const title = [
    `${run.source}, ${inWords(run, data.at)}`,
    ...earlier.map((each) => `before it ${inWords(each, data.at)}`),
  ].join('; ');
  const text = took < 99.5 ? String(Math.max(1, Math.round(took))) : `${Math.round(took / 60)}m`;
  const content = `${marks[run.state]}${run.state === 'landed' ? text : ''}`;
  const corner =
    earlier.length > 0 &&
    (earlier.some(({ state }) => state === 'failed') ? ' several bad-corner' : ' several');
  const kind = html`cell ${run.state.replace(' ', '-')}${corner}`;
  const address = runAddress(data, run);
  return address === undefined
    ? html`<span class="${kind}" title="${title}">${content}<span class="hidden">${title}</span></span>`
    : html`<a class="${kind}" href="${address}" title="${title}" aria-label="${title}">${content}</a>`;
}

function secondsOf({ startedAt, closedAt }: SourceRun, now: number): number {
  return ((closedAt ?? now) - startedAt) / 1_000;
}

/** When a run began, what became of it, how long it took, and how many rows changed. */
function inWords(run: SourceRun, now: number): string {
  const { state, startedAt, tables = [] } = run;
  const changed = tables.reduce((sum, [, ...counts]) => sum + counts.reduce((a, b) => a + b, 0), 0);
  const rows = changed > 0 ? `, ${formatNumber(changed)} rows changed` : '';
  return `${clock(startedAt, now)}: ${state}, ${formatDuration(secondsOf(run, now))}${rows}`;
}

/** Each run of the cells that have several, with its link. */
function severalTable(data: PageData, several: readonly (readonly [string, readonly SourceRun[]])[]): Html {
  const rows = several
    .flatMap(([, runs]) => runs)
    .sort((a, b) => b.startedAt - a.startedAt)
    .slice(0, shownRuns)
    .map((run) => [run.source, linked(runAddress(data, run), inWords(run, data.at))]);
  return sentenceTable(['source', 'run'], rows);
}
