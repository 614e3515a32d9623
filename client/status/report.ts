import type { Orphans } from '../../activities/sync/warehouse/orphans.ts';
import type { PlaceDay } from '../../activities/weather/presence.ts';
import { formatDuration } from '../../model/duration.ts';
import type { SourceFreshness } from './freshness.ts';
import { renderMoved } from './moved-table.ts';
import { incidentLines, renderIncidents, renderMutes } from './incident-report.ts';
import type { OpenIncident } from './incidents.ts';
import { formatNumber } from '../../model/number.ts';
import { formatTime } from '../../model/time.ts';
import { renderSchedules } from '../schedules/list.ts';
import type { ScheduleState } from '../schedules/state.ts';
import type { Cell } from '../terminal/table.ts';
import { renderTable } from '../terminal/table.ts';

export interface StatusReport {
  readonly sources: Readonly<Record<string, SourceFreshness>>;
  readonly schedules: readonly ScheduleState[];
  readonly weather: readonly PlaceDay[];
  readonly incidents: readonly OpenIncident[];
  /** Until when subjects are muted for a time; absent when none is. */
  readonly mutes?: Readonly<Record<string, string>>;
  /**
   * The rows whose source or table the config no longer has; absent when there are none, or when it is decided that they
   * stay.
   */
  readonly orphans?: readonly Orphans[];
  /** The parts that could not be read and are empty; absent when there are none. */
  readonly missing?: readonly Part[];
}

/** A part of the report. */
export type Part = 'sources' | 'schedules' | 'weather' | 'incidents';

/** A screen that shows only the first lines. */
interface ShortScreen {
  /** How old the data of a source may be (ms). */
  readonly lateAfterMs: number;
  /** The present, in ms. */
  readonly now: number;
}

/**
 * The report as tables, and the last error of each source on a line. Empty parts are left out. On a short screen, what has a
 * problem comes first, and each source and each open incident is one line.
 */
export function renderStatus(
  { sources, schedules, weather, incidents, mutes = {}, orphans = [] }: StatusReport,
  shortScreen?: ShortScreen,
): string {
  const freshness = shortScreen ? renderInShort(sources, shortScreen) : renderFreshness(sources);
  const errors = Object.values(sources).flatMap((freshness) =>
    freshness.error === undefined ? [] : [`Last failure${formatFailureTimes(freshness)}: ${freshness.error}`],
  );
  const problems = [
    renderHeldBack(sources),
    renderGone(sources),
    renderHeldDeletes(sources),
    renderDroppedColumns(sources),
    renderRenamedColumns(sources),
    renderMoved(movedTables(sources)),
    renderOrphans(orphans),
    errors.join('\n'),
  ];
  const others = [
    schedules.length > 0 ? renderSchedules(schedules) : '',
    weather.length > 0 ? renderPresence(weather) : '',
  ];
  const listed = shortScreen ? incidentLines(incidents, shortScreen.now) : renderIncidents(incidents);
  const open = [listed, renderMutes(mutes)].filter(Boolean).join('\n\n');
  return (
    shortScreen
      ? [open, ...problems.reverse(), freshness, ...others]
      : [freshness, ...problems, ...others, open]
  )
    .filter(Boolean)
    .join('\n\n');
}

function renderFreshness(sources: StatusReport['sources']): string {
  const rows = Object.entries(sources).flatMap(sourceRows);
  if (rows.length === 0) return '';
  return renderTable(['source', 'table', 'strategy', 'complete through', 'lag', 'rows', 'difference'], rows);
}

/** A line for each source, those with a problem first. */
function renderInShort(sources: StatusReport['sources'], shortScreen: ShortScreen): string {
  const all = Object.entries(sources);
  const isFirst = ([, freshness]: (typeof all)[number]) => hasProblem(freshness, shortScreen);
  const sorted = [...all.filter(isFirst), ...all.filter((each) => !isFirst(each))];
  if (sorted.length === 0) return '';
  return renderTable(
    ['source', 'complete through', 'lag', 'rows', 'difference'],
    sorted.map(([source, { tables, ...freshness }]): Cell[] => {
      const all = Object.values(tables);
      return [
        source,
        ...progressCells(freshness),
        all.reduce((sum, { rows }) => sum + rows, 0),
        all.reduce((sum, { difference = 0 }) => sum + Math.abs(difference), 0),
      ];
    }),
  );
}

function hasProblem(
  { error, lagSeconds, tables }: SourceFreshness,
  { lateAfterMs }: Pick<ShortScreen, 'lateAfterMs'>,
): boolean {
  const ofTable = Object.values(tables).some(
    ({ gone, difference, heldBack, heldDeletes, droppedColumns }) =>
      gone || difference || heldBack || heldDeletes || droppedColumns,
  );
  return error !== undefined || lagSeconds === null || lagSeconds * 1_000 > lateAfterMs || ofTable;
}

function formatFailureTimes({ errorAt, failingSince }: SourceFreshness): string {
  if (errorAt === undefined) return '';
  const since =
    failingSince === undefined || failingSince === errorAt
      ? ''
      : ` (failing since ${formatTime(failingSince)})`;
  return ` at ${formatTime(errorAt)}${since}`;
}

/** Through when a source is complete, and its lag. */
function progressCells({
  completeThrough,
  lagSeconds,
}: Pick<SourceFreshness, 'completeThrough' | 'lagSeconds'>): [through: string, lag: string | null] {
  return [
    completeThrough === null ? 'never' : formatTime(completeThrough),
    lagSeconds === null ? null : formatDuration(lagSeconds),
  ];
}

function sourceRows([source, { tables, ...freshness }]: [string, SourceFreshness]): Cell[][] {
  const [through, lag] = progressCells(freshness);
  const rows = Object.entries(tables).map(
    ([table, { strategy, reason, rows, difference, heldBack, completeThrough: own }]): Cell[] => [
      source,
      table,
      reason === undefined ? strategy : `${strategy}: ${reason}`,
      ...(heldBack ? [own ? formatTime(own) : 'never', 'held back'] : [through, lag]),
      rows,
      difference ?? 0,
    ],
  );
  return rows.length > 0 ? rows : [[source, null, null, through, lag, null, null]];
}

/** The tables that are held back: since when, why, and what to do, with the statements to run. */
function renderHeldBack(sources: StatusReport['sources']): string {
  const held = Object.entries(sources).flatMap(([source, { tables }]) =>
    Object.entries(tables).flatMap(([table, { heldBack }]) =>
      heldBack ? [{ source, table, ...heldBack }] : [],
    ),
  );
  if (held.length === 0) return '';
  const table = renderTable(
    ['held back', 'table', 'since', 'problem'],
    held.map((each): Cell[] => [each.source, each.table, formatTime(each.since), each.problem]),
  );
  const remedies = held.flatMap(({ source, table: name, advice, sql }) =>
    advice === undefined ? [] : [`${source}, ${name}: ${advice}${sql === undefined ? '' : `\n${sql};`}`],
  );
  return [table, ...remedies].join('\n\n');
}

/** The deletes that wait to be accepted, and the command that does so. */
function renderHeldDeletes(sources: StatusReport['sources']): string {
  const lines = Object.entries(sources).flatMap(([source, { tables }]) => {
    const held = Object.entries(tables).flatMap(([table, { heldDeletes }]) =>
      heldDeletes === undefined ? [] : [`${table} (${formatNumber(heldDeletes)})`],
    );
    if (held.length === 0) return [];
    return [
      `Deleted at ${source} and still here, because they are so many: ${held.join(', ')}. To delete them here too: tidehouse accept ${source} --deletes`,
    ];
  });
  return lines.join('\n');
}

/** The tables that somebody has dropped in the warehouse. */
function renderGone(sources: StatusReport['sources']): string {
  const lines = Object.entries(sources).flatMap(([source, { tables }]) => {
    const names = Object.keys(tables).filter((table) => tables[table]!.gone);
    if (names.length === 0) return [];
    return [
      `Dropped in the warehouse: ${names.join(', ')} of ${source}. The next run creates what is missing and fills it from the source.`,
    ];
  });
  return lines.join('\n');
}

/** The dropped columns that views read. */
function renderDroppedColumns(sources: StatusReport['sources']): string {
  const lines = Object.entries(sources).flatMap(([source, { tables }]) => {
    const dropped = Object.entries(tables).flatMap(([table, { droppedColumns = {} }]) =>
      Object.entries(droppedColumns).map(([column, views]) => `${table}.${column} (${views})`),
    );
    if (dropped.length === 0) return [];
    return [
      `Dropped at ${source} and read by views, for which they are null in rows written since: ${dropped.join(', ')}.`,
    ];
  });
  return lines.join('\n');
}

/** The renamed columns that keep their names here. */
function renderRenamedColumns(sources: StatusReport['sources']): string {
  const lines = Object.entries(sources).flatMap(([source, { tables }]) => {
    const renamed = Object.entries(tables).flatMap(([table, { renamedColumns = {} }]) =>
      Object.entries(renamedColumns).map(([column, now]) => `${table}.${column} (now ${now})`),
    );
    if (renamed.length === 0) return [];
    return [
      `Renamed at ${source}, and under the earlier name here as long as another source or the session analytics has it: ${renamed.join(', ')}.`,
    ];
  });
  return lines.join('\n');
}

function movedTables(sources: StatusReport['sources']) {
  return Object.entries(sources).flatMap(([source, { tables }]) =>
    Object.entries(tables).map(([as, { movedTo }]) => ({ source, as, movedTo })),
  );
}

function renderOrphans(orphans: readonly Orphans[]): string {
  if (orphans.length === 0) return '';
  const table = renderTable(
    ['no longer read', 'table', 'rows', 'since'],
    orphans.flatMap(({ source, since, tables }) =>
      tables.map(({ table: name, rows }): Cell[] => [source, name, rows, formatTime(since)]),
    ),
  );
  return `${table}\n\nTo decide what becomes of these rows: tidehouse sources`;
}

function renderPresence(weather: readonly PlaceDay[]): string {
  return renderTable(
    ['place', 'day', 'hours', 'last observation'],
    weather.map(({ place, day, hours, of, last }): Cell[] => [
      place,
      day,
      `${hours} of ${of}`,
      last === null ? 'none' : formatTime(last),
    ]),
  );
}
