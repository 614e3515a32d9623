import { formatDuration } from '../../model/duration.ts';
import { formatNumber } from '../../model/number.ts';
import type { PageData, SourceRun } from '../page-data.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { foldedAfter, section, shownSources } from './picture.ts';
import { runAddress } from './run-address.ts';
import { clock } from './words.ts';

/** The number of columns, for few sources and for many. */
const columns = { most: 36, least: 12, cells: 1_200 };

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
      const slots = Math.max(
        columns.least,
        Math.min(columns.most, Math.floor(columns.cells / sources.length)),
      );
      const newest = Math.floor(at / everyMs);
      const cells = new Map<string, SourceRun>();
      const newestState = new Map<string, SourceRun['state']>();
      // Runs come newest first: of several in one interval, the newest that failed or the newest is shown.
      for (const run of runs) {
        if (!newestState.has(run.source) && run.state !== 'running') newestState.set(run.source, run.state);
        const key = `${Math.floor(run.startedAt / everyMs)} ${run.source}`;
        if (!cells.has(key) || (cells.get(key)!.state === 'landed' && run.state === 'failed'))
          cells.set(key, run);
      }
      const times = Array.from({ length: slots }, (_, back) => newest - slots + 1 + back);
      const label = (slot: number) => clock(slot * everyMs, at);
      const isWell = (source: string) => newestState.get(source) === 'landed';
      // Few keep their places; of many, those that need somebody come first.
      const inOrder =
        sources.length <= shownSources
          ? sources
          : [...sources.filter((source) => !isWell(source)), ...sources.filter(isWell)];
      const grid = (shown: readonly string[]) =>
        html`<div class="scroll newest" tabindex="0" role="region" aria-label="The last runs of each source">
          <table class="grid">
            <thead>
              <tr>
                <th scope="col">source</th>
                ${times.map((slot, n) =>
                  n % 6 === 0
                    ? html`<th scope="colgroup" colspan="${Math.min(6, slots - n)}">${label(slot)}</th>`
                    : null,
                )}
              </tr>
            </thead>
            <tbody>
              ${shown.map(
                (source) =>
                  html`<tr>
                    <th scope="row">${source}</th>
                    ${times.map((slot) => {
                      const run = cells.get(`${slot} ${source}`);
                      return html`<td>${run && cell(data, run)}</td>`;
                    })}
                  </tr> `,
              )}
            </tbody>
          </table>
        </div>`;
      return html`<p class="key">
          ${(['landed', 'held back', 'failed', 'running'] as const).map(
            (state) =>
              html`<span><i class="cell ${state.replace(' ', '-')}">${marks[state]}</i> ${state}</span> `,
          )}<span>A cell shows the seconds of the run, and links to it.</span>
        </p>
        ${foldedAfter(shownSources, inOrder, 'source', grid)}`;
    },
    true,
  );
}

function cell(data: PageData, run: SourceRun): Html {
  const { source, state, startedAt, closedAt, tables = [] } = run;
  const took = ((closedAt ?? data.at) - startedAt) / 1_000;
  const changed = tables.reduce((sum, [, ...counts]) => sum + counts.reduce((a, b) => a + b, 0), 0);
  const title = `${source}, ${clock(startedAt, data.at)} UTC: ${state}, ${formatDuration(took)}${changed > 0 ? `, ${formatNumber(changed)} rows changed` : ''}`;
  const text = took < 99.5 ? String(Math.max(1, Math.round(took))) : `${Math.round(took / 60)}m`;
  const content = `${marks[state]}${state === 'landed' ? text : ''}`;
  const kind = `cell ${state.replace(' ', '-')}`;
  const address = runAddress(data, run);
  return address === undefined
    ? html`<span class="${kind}" title="${title}">${content}<span class="hidden">${title}</span></span>`
    : html`<a class="${kind}" href="${address}" title="${title}" aria-label="${title}">${content}</a>`;
}
