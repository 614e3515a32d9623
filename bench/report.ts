import { renderTable } from '../client/terminal/table.ts';
import type { Cell } from '../client/terminal/table.ts';
import type { Measured, Round, Spread } from './measured.ts';
import { spreadOf } from './measured.ts';

interface Row {
  readonly what: string;
  readonly ours: Spread;
  readonly byHand: Spread;
}

/** What is measured, pair by pair: ours beside psql by hand. */
function pairs({ first, rounds, idle }: Measured): Record<string, Row> {
  const pair = (
    what: string,
    from: readonly Round[],
    ours: (round: Round) => number,
    byHand: (round: Round) => number,
  ): Row => ({ what, ours: spreadOf(from.map(ours)), byHand: spreadOf(from.map(byHand)) });
  const whole = ({ ours }: Round) => ours.wholeMs;
  const landed = ({ ours }: Round) => ours.landedMs;
  const load = ({ loadMs }: Round) => loadMs;
  const loadAndViews = ({ loadMs, viewsMs }: Round) => loadMs + viewsMs;
  return {
    firstLanded: pair('first load', [first], landed, load),
    firstWhole: pair('first load with analytics', [first], whole, loadAndViews),
    deltaLanded: pair('delta', rounds, landed, load),
    deltaWhole: pair('delta with analytics', rounds, whole, loadAndViews),
    deltaWholeToLoad: pair('delta with analytics, psql without', rounds, whole, load),
    idle: pair('nothing changed', idle, whole, load),
  };
}

/** The table for people. */
export function renderReport(measured: Measured): string {
  const { first, rounds, memory, differences, lostByHand } = measured;
  const rows = Object.values(pairs(measured)).map(({ what, ours, byHand }): Cell[] => [
    what,
    say(ours),
    say(byHand),
    (ours.median / byHand.median).toFixed(2),
  ]);
  const changed = rounds.reduce((sum, { ours }) => sum + ours.changed, 0);
  const { extracted } = first.ours;
  const rate = (ms: number) => Math.round(extracted / (ms / 1000)).toLocaleString('en-US');
  return [
    renderTable(['median (min to max), ms', 'Tidehouse', 'psql by hand', 'ratio'], rows),
    '',
    `First load: ${extracted.toLocaleString('en-US')} rows; rows a second: ${rate(first.ours.landedMs)}, with analytics ${rate(first.ours.wholeMs)}; psql ${rate(first.loadMs)}, with its views ${rate(first.loadMs + first.viewsMs)}.`,
    `Steps of a delta, slowest host, median ms: ${sayNumbers(stepsOf(measured, rounds))}.`,
    `Steps of the first load, slowest host, ms: ${sayNumbers(stepsOf(measured, [first]))}.`,
    `Worker's peak memory: ${memory.afterFirst ?? '?'} MB after the first load, ${memory.atEnd ?? '?'} MB at the end.`,
    `Rows lost: Tidehouse ${differences.length === 0 ? 'none, counts and checksums of all tables are those of the hosts' : 'SOME'}; psql by hand ${lostByHand.toLocaleString('en-US')} of ${changed.toLocaleString('en-US')} changed ones.`,
    ...differences.map(
      ({ host, table, source, clean }) => `${host}.${table}: ${source} at the host, ${clean} in clean`,
    ),
  ].join('\n');
}

/** The same for machines. */
export function summaryOf(measured: Measured): object {
  const { sizes, first, rounds, memory, differences, lostByHand } = measured;
  const summary = Object.entries(pairs(measured)).map(([name, { ours, byHand }]) => [
    name,
    {
      ours: rounded(ours),
      byHand: rounded(byHand),
      ratio: Math.round((100 * ours.median) / byHand.median) / 100,
    },
  ]);
  return {
    ...sizes,
    ...(Object.fromEntries(summary) as object),
    rows: first.ours.extracted,
    changed: rounds.reduce((sum, { ours }) => sum + ours.changed, 0),
    stepsFirst: stepsOf(measured, [first]),
    stepsDelta: stepsOf(measured, rounds),
    memory,
    differences: differences.length,
    lostByHand,
  };
}

/** Milliseconds of each step on the slowest host, the median over `rounds`; `temporal` is what the run took beyond them. */
function stepsOf(_: Measured, rounds: readonly Round[]): Record<string, number> {
  const names = ['extract', 'loadRaw', 'upsert', 'refreshViews'];
  const slowest = (round: Round, name: string) =>
    Math.max(
      ...Object.values(round.ours.steps).map((steps) =>
        steps.filter((step) => step.name === name).reduce((sum, { ms }) => sum + ms, 0),
      ),
    );
  const beyond = ({ ours }: Round) =>
    ours.wholeMs -
    Math.max(...Object.values(ours.steps).map((steps) => steps.reduce((sum, { ms }) => sum + ms, 0)));
  return Object.fromEntries([
    ...names.map((name) => [name, Math.round(spreadOf(rounds.map((round) => slowest(round, name))).median)]),
    ['temporal', Math.round(spreadOf(rounds.map(beyond)).median)],
  ]) as Record<string, number>;
}

function say({ median, min, max }: Spread): string {
  const ms = (value: number) => Math.round(value).toLocaleString('en-US');
  return min === max ? ms(median) : `${ms(median)} (${ms(min)} to ${ms(max)})`;
}

function sayNumbers(numbers: Readonly<Record<string, number>>): string {
  return Object.entries(numbers)
    .map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`)
    .join(', ');
}

function rounded({ median, min, max }: Spread): Spread {
  return { median: Math.round(median), min: Math.round(min), max: Math.round(max) };
}
