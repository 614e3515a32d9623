import { formatDuration } from '../../model/duration.ts';
import { formatNumber } from '../../model/number.ts';
import type { PageData, SourceRun } from '../page-data.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { foldedAfter, more, section, sentenceTable, shownSources } from './picture.ts';
import { linked, runAddress } from './run-address.ts';
import { clock } from './words.ts';

/** The number of columns, for few sources and for many: whole lines of a phone's width. */
const columns = { most: 36, cells: 1_200, ofLine: 12 };

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

/** Sources × intervals as cells, the newest on the right; each cell has the last run that began in it, and links to it. */
export function runsGrid(data: PageData): Html {
  return section('runs', 'Runs', data.runs, (runs) => {
    if (runs.length === 0) return 'No source has run yet.';
    const sources = sourcesInOrder(data, runs);
    const slots = slotsOf(data, runs, sources.length);
    const cells = cellsOf(data, runs);
    const several = [...cells].flatMap(([key, found]) =>
      found.length > 1 && slots.includes(Number(key.split(' ', 1)[0])) ? found : [],
    );
    return html`<p class="key">
        ${(['landed', 'held back', 'failed', 'running'] as const).map(
          (state) =>
            html`<span><i class="cell ${state.replace(' ', '-')}">${marks[state]}</i> ${state}</span> `,
        )}<span
          >A cell shows the seconds of the run, and links to it. A marked corner: it ran several times, and
          this is the last.</span
        >
      </p>
      ${foldedAfter(shownSources, sources, 'source', (shown) => grid(data, shown, slots, cells))}
      ${several.length > 0 && more('Where a source ran several times: all its runs', severalTable(data, several))}`;
  });
}

/** Few keep their places; of many, those that need somebody come first. */
function sourcesInOrder({ sources }: PageData, runs: readonly SourceRun[]): readonly string[] {
  const configured = 'value' in sources ? sources.value.map(({ source }) => source) : [];
  const all = [...new Set([...configured, ...runs.map(({ source }) => source)])];
  if (all.length <= shownSources) return all;
  const newest = new Map<string, SourceRun['state']>();
  for (const { source, state } of runs)
    if (state !== 'running' && !newest.has(source)) newest.set(source, state);
  const isWell = (source: string) => newest.get(source) === 'landed';
  return [...all.filter((source) => !isWell(source)), ...all.filter(isWell)];
}

/** The numbers of the intervals since 1970, back to the first run, as far as there are columns. */
function slotsOf({ at, everyMs }: PageData, runs: readonly SourceRun[], sources: number): readonly number[] {
  const wholeLines = (count: number, round: (lines: number) => number) =>
    columns.ofLine * Math.max(1, round(count / columns.ofLine));
  const newest = Math.floor(at / everyMs);
  const oldest = Math.floor(Math.min(...runs.map(({ startedAt }) => startedAt)) / everyMs);
  const count = Math.min(
    columns.most,
    wholeLines(columns.cells / sources, Math.floor),
    wholeLines(newest - oldest + 1, Math.ceil),
  );
  return Array.from({ length: count }, (_, n) => newest - count + 1 + n);
}

/** The runs that began in each interval, newest first, by interval and source. */
type Cells = ReadonlyMap<string, readonly SourceRun[]>;

function cellsOf({ everyMs }: PageData, runs: readonly SourceRun[]): Cells {
  const cells = new Map<string, SourceRun[]>();
  for (const run of runs) {
    const key = `${Math.floor(run.startedAt / everyMs)} ${run.source}`;
    const known = cells.get(key);
    if (known) known.push(run);
    else cells.set(key, [run]);
  }
  return cells;
}

function grid(data: PageData, sources: readonly string[], slots: readonly number[], cells: Cells): Html {
  const label = (slot: number) => clock(slot * data.everyMs, data.at);
  const labelled = labelledSlots(slots, data.everyMs);
  return html`<table class="grid">
    <thead>
      <tr>
        <th scope="col">source</th>
        ${labelled.map((n, at) => html`<th scope="colgroup" colspan="${(labelled[at + 1] ?? slots.length) - n}">${label(slots[n]!)}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${sources.map(
        (source) =>
          html`<tr>
            <th scope="row" title="${source}">${source}</th>
            ${slots.map((slot, n) => {
              const found = cells.get(`${slot} ${source}`);
              return html`<td${n % columns.ofLine === 0 && html` data-from="${label(slot)}"`}>${found && cell(data, found)}</td>`;
            })}
          </tr> `,
      )}
    </tbody>
  </table>`;
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

/** Each run with its link, the newest first. */
function severalTable(data: PageData, runs: readonly SourceRun[]): Html {
  const rows = [...runs]
    .sort((a, b) => b.startedAt - a.startedAt)
    .slice(0, shownRuns)
    .map((run) => [run.source, linked(runAddress(data, run), inWords(run, data.at))]);
  return sentenceTable(['source', 'run'], rows);
}
