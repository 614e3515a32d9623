import { renderTable } from '../client/terminal/table.ts';
import type { Cell } from '../client/terminal/table.ts';
import type { Measured, Round, Spread } from './measured.ts';
import { spreadOf } from './measured.ts';

interface Row {
  readonly title: string;
  readonly tidehouse: Spread;
  readonly psql: Spread;
}

/** The times of Tidehouse and psql, side by side. */
function comparisons({ first, rounds, idle }: Measured): Record<string, Row> {
  const row = (
    title: string,
    from: readonly Round[],
    tidehouse: (round: Round) => number,
    psql: (round: Round) => number,
  ): Row => ({ title, tidehouse: spreadOf(from.map(tidehouse)), psql: spreadOf(from.map(psql)) });
  const whole = ({ tidehouse }: Round) => tidehouse.wholeMs;
  const landed = ({ tidehouse }: Round) => tidehouse.landedMs;
  const load = ({ loadMs }: Round) => loadMs;
  const loadAndViews = ({ loadMs, viewsMs }: Round) => loadMs + viewsMs;
  return {
    firstLanded: row('first load', [first], landed, load),
    firstWhole: row('first load with analytics', [first], whole, loadAndViews),
    deltaLanded: row('delta', rounds, landed, load),
    deltaWhole: row('delta with analytics', rounds, whole, loadAndViews),
    deltaWholeVersusLoad: row('delta with analytics, psql without', rounds, whole, load),
    idle: row('nothing changed', idle, whole, load),
  };
}

/** The report as text. */
export function renderReport(measured: Measured): string {
  const { first, rounds, memory, differences, lostByPsql } = measured;
  const rows = Object.values(comparisons(measured)).map(({ title, tidehouse, psql }): Cell[] => [
    title,
    formatSpread(tidehouse),
    formatSpread(psql),
    (tidehouse.median / psql.median).toFixed(2),
  ]);
  const changed = rounds.reduce((sum, { tidehouse }) => sum + tidehouse.changed, 0);
  const { extracted } = first.tidehouse;
  const rate = (ms: number) => Math.round(extracted / (ms / 1000)).toLocaleString('en-US');
  return [
    renderTable(['median (min to max), ms', 'Tidehouse', 'hand-written psql', 'ratio'], rows),
    '',
    `First load: ${extracted.toLocaleString('en-US')} rows; rows per second: Tidehouse ${rate(first.tidehouse.landedMs)}, with analytics ${rate(first.tidehouse.wholeMs)}; psql ${rate(first.loadMs)}, with its views ${rate(first.loadMs + first.viewsMs)}.`,
    `Activities of a delta, slowest source, median ms: ${formatNumbers(activityTimes(rounds))}.`,
    `Activities of the first load, slowest source, ms: ${formatNumbers(activityTimes([first]))}.`,
    `Peak memory of the worker: ${memory.afterFirst ?? '?'} MB after the first load, ${memory.atEnd ?? '?'} MB at the end.`,
    `Rows lost: Tidehouse ${differences.length === 0 ? 'none, the row counts and checksums of all tables equal those of the sources' : 'SOME'}; hand-written psql ${lostByPsql.toLocaleString('en-US')} of ${changed.toLocaleString('en-US')} changed rows.`,
    ...differences.map(
      ({ source, table, inSource, inClean }) =>
        `${source}.${table}: ${inSource} in the source, ${inClean} in clean`,
    ),
  ].join('\n');
}

/** The same numbers as one JSON document. */
export function summaryOf(measured: Measured): object {
  const { sizes, first, rounds, memory, differences, lostByPsql } = measured;
  const summary = Object.entries(comparisons(measured)).map(([name, { tidehouse, psql }]) => [
    name,
    {
      tidehouse: rounded(tidehouse),
      psql: rounded(psql),
      ratio: Math.round((100 * tidehouse.median) / psql.median) / 100,
    },
  ]);
  return {
    ...sizes,
    ...(Object.fromEntries(summary) as object),
    rows: first.tidehouse.extracted,
    changed: rounds.reduce((sum, { tidehouse }) => sum + tidehouse.changed, 0),
    activitiesFirst: activityTimes([first]),
    activitiesDelta: activityTimes(rounds),
    memory,
    differences: differences.length,
    lostByPsql,
  };
}

/** The median of each activity's milliseconds for the slowest source, over `rounds`; `temporal` is the rest of the run. */
function activityTimes(rounds: readonly Round[]): Record<string, number> {
  const names = ['extract', 'loadRaw', 'upsert', 'refreshViews'];
  const slowest = (round: Round, name: string) =>
    Math.max(
      ...Object.values(round.tidehouse.activities).map((activities) =>
        activities.filter((activity) => activity.name === name).reduce((sum, { ms }) => sum + ms, 0),
      ),
    );
  const rest = ({ tidehouse: { wholeMs, activities } }: Round) =>
    wholeMs -
    Math.max(...Object.values(activities).map((times) => times.reduce((sum, { ms }) => sum + ms, 0)));
  return Object.fromEntries([
    ...names.map((name) => [name, Math.round(spreadOf(rounds.map((round) => slowest(round, name))).median)]),
    ['temporal', Math.round(spreadOf(rounds.map(rest)).median)],
  ]) as Record<string, number>;
}

function formatSpread({ median, min, max }: Spread): string {
  const ms = (value: number) => Math.round(value).toLocaleString('en-US');
  return min === max ? ms(median) : `${ms(median)} (${ms(min)} to ${ms(max)})`;
}

function formatNumbers(numbers: Readonly<Record<string, number>>): string {
  return Object.entries(numbers)
    .map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`)
    .join(', ');
}

function rounded({ median, min, max }: Spread): Spread {
  return { median: Math.round(median), min: Math.round(min), max: Math.round(max) };
}
