import { formatNumber } from '../../model/number.ts';
import { ladderOf } from '../draw/palette.ts';
import type { Pen } from '../draw/plot.ts';
import { drawBars } from '../draw/rows.ts';
import type { PageData } from '../page-data.ts';
import type { ColourOf } from './colours.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { legend, more, picture, section, table } from './picture.ts';
import { linked, runAddress } from './run-address.ts';
import { clock, dayAndClock, dayName } from './words.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const kinds = ['inserted', 'updated', 'deleted'] as const;
const ladder = ladderOf('change', kinds.length);
const kindColours = kinds.map((kind, at) => [kind, ladder[at]!] as const);
const namedTables = 7;
const otherTables = 'other tables';
/** As many as somebody may read; the ledger has all of them. */
const shownRows = 200;
const shownRuns = 60;

/** The tables with the most changed rows, which have colours of their own. */
export function landedTables({ landings }: PageData): readonly string[] {
  return 'value' in landings ? [...totalsOf(landings.value, tableOf).keys()].slice(0, namedTables) : [];
}

/** Rows that landed: last night, by the hour and kind, by the hour and table, by the day, and by the run and table. */
export function landings(data: PageData, pen: Pen, colourOf: ColourOf): Html {
  const { at } = data;
  return section('rows', 'What landed in the last 36 hours', data.landings, (landings) => {
    const runs = lastRuns(data);
    if (landings.length === 0) return 'Nothing has changed at any source in the last 36 hours.';
    const to = Math.floor(at / hourMs) * hourMs + hourMs;
    const span = {
      spanMs: hourMs,
      from: to - 37 * hourMs,
      to,
      label: 'rows per hour',
      when: (hour: number) => clock(hour, at),
    };
    const totals = totalsOf(landings, tableOf);
    // From the strongest colour to the faintest.
    const names = [...landedTables(data)].sort((a, b) => (colourOf(a) < colourOf(b) ? -1 : 1));
    const byColour = [
      ...names.map((name) => [name, colourOf(name)] as const),
      ...(totals.size > names.length ? [[otherTables, 'faint'] as const] : []),
    ];
    const sum = (kind: (typeof kinds)[number]) => landings.reduce((total, each) => total + each[kind], 0);
    const byKind = landings.flatMap((landing) =>
      kinds.map((kind) => ({
        at: landing.hour,
        name: kind,
        value: kind === 'deleted' ? -landing[kind] : landing[kind],
      })),
    );
    const byTable = landings.map((each) => ({
      at: each.hour,
      name: names.includes(each.table) ? each.table : otherTables,
      value: changed(each),
    }));
    return html`${lastNight(data)}
      <div class="pair">
        <div>
          ${legend(kindColours.map(([kind, colour]) => [`${kind} ${formatNumber(sum(kind))}`, colour]))}
          ${picture(
            `Rows by the hour: ${kinds.map((kind) => `${formatNumber(sum(kind))} ${kind}`).join(', ')}.`,
            (width) => drawBars(pen, width, summed(byKind), kindColours, span),
          )}
        </div>
        <div>
          ${legend(byColour)}
          ${picture(
            `Changed rows by the hour and table: ${[...totals].map(([name, total]) => `${name} ${formatNumber(total)}`).join(', ')}.`,
            (width) => drawBars(pen, width, summed(byTable), byColour, span),
          )}
        </div>
      </div>
      ${more(
        'By the hour and table',
        table(
          ['hour', 'table', 'inserted', 'updated', 'deleted'],
          [...landings]
            .reverse()
            .slice(0, shownRows)
            .map(({ hour, table, inserted, updated, deleted }) => [
              clock(hour, at),
              table,
              formatNumber(inserted),
              formatNumber(updated),
              formatNumber(deleted),
            ]),
          [2, 3, 4],
        ),
      )}
      ${runs} ${lastDays(data)}`;
  });
}

/** What landed in the night before this day: in a sentence, and by the source. */
function lastNight(data: PageData): Html {
  const { at, lastNight } = data;
  if ('missing' in lastNight) return html`<p class="nothing">${lastNight.missing}</p>`;
  const { from, changes } = lastNight.value;
  const to = Math.min(at, lastNight.value.to);
  const when = `Last night (${dayAndClock(from)} to ${dayAndClock(to)})`;
  const bySource = totalsOf(changes, ({ source }) => source);
  if (bySource.size === 0) return html`<p>${when}: nothing changed.</p>`;
  const sum = (kind: (typeof kinds)[number], of = changes) =>
    formatNumber(of.reduce((total, each) => total + each[kind], 0));
  return html`<p>
      ${when}: ${sum('inserted')} rows inserted, ${sum('updated')} updated, ${sum('deleted')} deleted. Most by
      table: ${most(totalsOf(changes, tableOf))}. Most by source: ${most(bySource)}. ${usualDay(data)}
    </p>
    ${more(
      'Last night by the source',
      table(
        ['source', ...kinds],
        [...bySource.keys()].map((source) => [
          source,
          ...kinds.map((kind) =>
            sum(
              kind,
              changes.filter((each) => each.source === source),
            ),
          ),
        ]),
        [1, 2, 3],
      ),
    )}`;
}

/** How many days before yesterday say what is usual. */
const usualDays = 7;

/** What landed yesterday, next to what is usual: the median of the days before; nothing where those are too few. */
function usualDay({ at, days }: PageData): string | null {
  if ('missing' in days) return null;
  const yesterday = Math.floor(at / dayMs) * dayMs - dayMs;
  const totals = new Map<number, number>();
  for (const each of days.value) totals.set(each.day, (totals.get(each.day) ?? 0) + changed(each));
  const before = Array.from({ length: usualDays }, (_, n) => totals.get(yesterday - (n + 1) * dayMs));
  const known = before.filter((count) => count !== undefined).sort((a, b) => a - b);
  if (known.length < usualDays) return null;
  const usual = known[Math.floor(usualDays / 2)]!;
  return `On ${dayName(yesterday)} as a whole, ${formatNumber(totals.get(yesterday) ?? 0)} rows changed; usually it is ${formatNumber(usual)}, the median of the ${usualDays} days before.`;
}

/** The first three of names with their counts: `events 900, transactions 40`. */
function most(totals: ReadonlyMap<string, number>): string {
  return [...totals]
    .slice(0, 3)
    .map(([name, count]) => `${name} ${formatNumber(count)}`)
    .join(', ');
}

/** The last runs, with what each changed in each table. */
function lastRuns(data: PageData): Html | null {
  if ('missing' in data.runs) return null;
  const rows = data.runs.value
    .filter(({ tables = [] }) => tables.length > 0)
    .slice(0, shownRuns)
    .flatMap((run) =>
      run.tables!.map(([name, inserted, updated, deleted], n) => [
        n === 0 ? linked(runAddress(data, run), `${clock(run.startedAt, data.at)} ${run.source}`) : '',
        name,
        formatNumber(inserted),
        formatNumber(updated),
        formatNumber(deleted),
      ]),
    )
    .slice(0, shownRows);
  return rows.length === 0
    ? null
    : more(
        'By the run and table',
        table(['run', 'table', 'inserted', 'updated', 'deleted'], rows, [2, 3, 4]),
      );
}

function lastDays({ days }: PageData): Html | null {
  if ('missing' in days || days.value.length === 0) return null;
  const rows = [...days.value]
    .reverse()
    .slice(0, shownRows)
    .map(({ day, table, inserted, updated, deleted }) => [
      dayName(day),
      table,
      formatNumber(inserted),
      formatNumber(updated),
      formatNumber(deleted),
    ]);
  return more(
    'By the day and table',
    table(['day', 'table', 'inserted', 'updated', 'deleted'], rows, [2, 3, 4]),
  );
}

interface Counts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

function changed({ inserted, updated, deleted }: Counts): number {
  return inserted + updated + deleted;
}

const tableOf = ({ table }: { readonly table: string }) => table;

/** Changed rows by name, the most first, without those of which none has changed. */
function totalsOf<C extends Counts>(changes: readonly C[], nameOf: (each: C) => string) {
  const totals = new Map<string, number>();
  for (const each of changes) totals.set(nameOf(each), (totals.get(nameOf(each)) ?? 0) + changed(each));
  const sorted: ReadonlyMap<string, number> = new Map(
    [...totals].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a),
  );
  return sorted;
}

/** One part for each time and name. */
export function summed<P extends { readonly at: number; readonly name: string; readonly value: number }>(
  parts: readonly P[],
): P[] {
  const found = new Map<string, P>();
  for (const part of parts) {
    const key = `${part.at} ${part.name}`;
    const known = found.get(key);
    found.set(key, known ? { ...known, value: known.value + part.value } : part);
  }
  return [...found.values()];
}
