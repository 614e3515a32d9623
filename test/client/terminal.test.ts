import { renderChecks } from '../../client/doctor/check.ts';
import { renderAudit } from '../../client/run/audit.ts';
import { renderSync } from '../../client/run/sync-report.ts';
import { renderWeather } from '../../client/run/weather-report.ts';
import { renderQuarantine, renderQuarantined } from '../../client/quarantine/commands.ts';
import { describePlan } from '../../client/repartition/repartition.ts';
import { renderReplayed } from '../../client/replay/replay.ts';
import { comparison } from '../../client/sources/accept.ts';
import { screenWidth, wrapProse } from '../../client/terminal/prose.ts';
import { renderScheduleList } from '../../client/schedules/list.ts';
import { renderSources } from '../../client/sources/list.ts';
import { renderStatus } from '../../client/status/report.ts';
import { renderTables } from '../../client/tables/tables.ts';

/** As long as Postgres allows. */
const longName = 'orders_'.repeat(9);
const at = '2026-11-27T13:31:45.000Z';
const schedules = [
  { id: 'sync', paused: false, note: null, next: at, last: at, status: 'completed' },
  {
    id: 'weather',
    paused: true,
    note: 'The provider is away until Monday (anna)',
    next: null,
    last: at,
    status: 'failed',
  },
  { id: 'audit', paused: false, note: null, next: at, last: null, status: null },
];
const outcome = {
  strategy: 'sweep',
  extracted: 1_234_567,
  inserted: 2,
  updated: 17,
  unchanged: 0,
  deleted: 1,
  rows: 2_706,
} as const;
const done = { workflowId: 'sync/manual/1', runId: 'r', status: 'completed', seconds: 102.4 } as const;

const refusal = 'invalid byte sequence for encoding "UTF8": 0x00; the warehouse refuses it';

/** What each command prints that has a table. */
const screens: Readonly<Record<string, () => string>> = {
  sync: () =>
    renderSync({
      ...done,
      sources: {
        project_a: {
          status: 'landed',
          completeThrough: at,
          sessions: 40,
          tables: { user_sessions: outcome, events: outcome },
        },
        customer_database_017: {
          status: 'landed',
          completeThrough: at,
          sessions: 1,
          tables: { 'sales.order_items': outcome },
        },
      },
      views: { sessions: 41 },
    } as unknown as Parameters<typeof renderSync>[0]),
  status: () =>
    renderStatus({
      sources: {
        project_a: {
          completeThrough: at,
          lagSeconds: 102,
          tables: { user_sessions: { strategy: 'sweep', rows: 482_050 } },
        },
        project_b: {
          completeThrough: at,
          lagSeconds: 9_000,
          error: 'source "project_b": connection refused by 10.0.0.5:5432. Check that the server is running.',
          errorAt: at,
          failingSince: at,
          tables: { events: { strategy: 'copy', reason: 'no key', rows: 1_234_567, difference: -3 } },
        },
      },
      schedules,
      weather: [{ place: 'minsk', day: '2026-11-27', hours: 13, of: 14, last: at }],
      incidents: [
        {
          id: 'source/project_b',
          since: at,
          problem: 'project_b is failing: its last run failed',
          notifiedAt: at,
          quietUntil: null,
          mutedUntil: at,
        },
      ],
      mutes: { 'place/minsk': at },
    }),
  doctor: () =>
    renderChecks([
      { subject: 'Temporal', outcome: 'ok', detail: 'answers at 127.0.0.1:7233, namespace default' },
      {
        subject: 'source project_a, user_sessions',
        outcome: 'ok',
        detail: 'SELECT granted; swept by xmin, its key is (id)',
      },
      {
        subject: `source project_a, ${longName}`,
        outcome: 'ok',
        detail: 'SELECT granted; swept by xmin, its key is (id)',
      },
      {
        subject: 'source shop, public.page_clicks',
        outcome: 'failed',
        detail: 'may not be read by tidehouse_reader',
        advice: 'Run there:\ngrant select on "public"."page_clicks" to tidehouse_reader;',
      },
    ]),
  tables: () =>
    renderTables([
      {
        source: 'shop',
        table: 'sales.orders',
        as: 'orders',
        strategy: 'sweep',
        key: ['id'],
        bytes: 482_050_000,
        leftOut: ['note'],
        masked: ['email', 'phone'],
      },
      {
        source: 'shop',
        table: 'page_clicks',
        as: 'page_clicks',
        strategy: 'copy',
        reason: 'no key',
        key: [],
        bytes: 8_192,
        leftOut: [],
        masked: [],
      },
      { source: 'customer_database_017', as: 'carts', heldBack: 'it does not exist at the source' },
    ]),
  sources: () =>
    renderSources([
      { source: 'project_a', configured: true, tables: 4, rows: 1_234_567, completeThrough: at },
      { source: 'customer_database_017', configured: true, tables: 0, rows: 0, completeThrough: null },
    ]),
  'sources with a long name': () =>
    renderSources([{ source: longName, configured: true, tables: 1, rows: 1, completeThrough: at }]),
  schedules: () => renderScheduleList(schedules),
  weather: () =>
    renderWeather({
      ...done,
      places: {
        minsk: { status: 'written', observed: at, filled: 0, movedAside: [] },
        brest: { status: 'written', filled: 7, movedAside: ['temperature/brest/2026-11-27.damaged-1'] },
      },
    }),
  audit: () =>
    renderAudit({
      ...done,
      sources: {
        project_a: {
          status: 'landed',
          tables: { user_sessions: { compared: 1_234_567, missing: 0, different: 1, surplus: 12 } },
        },
      },
    }),
  'quarantine list': () =>
    renderQuarantine([
      { source: 'project_b', table: 'orders', rows: 1_234_567, since: at, reason: refusal },
      { source: 'customer_database_017', table: 'sales.order_items', rows: 1, since: at, reason: refusal },
    ]),
  'quarantine show': () =>
    renderQuarantined([
      {
        ...{ key: ['17', '2026-11-27 13:31:45 UTC'], line: 1_482_050, column: 'note' },
        ...{ value: 'a text with words and\ttabs, as long as its beginning that is shown', reason: refusal },
      },
    ]),
  repartition: () =>
    describePlan(
      {
        moves: [
          { table: 'user_sessions', rows: 482_050_123, bytes: 98_765_432_100, to: 'leaves' },
          { table: 'a_table_with_a_name_that_is_long', rows: 1, bytes: 8_192, to: 'bigint' },
        ],
        kept: [{ table: 'orders', reason: 'a foreign key of public.order_notes refers to it' }],
      } as unknown as Parameters<typeof describePlan>[0],
      197_530_864_200,
      64_000_000_000,
    ),
  replay: () =>
    renderReplayed([
      {
        ...{ workflowId: 'sync/manual/20261128T063306Z-789b55', type: 'sync', events: 1_234 },
        problem: '[TMPRL1100] Nondeterminism error: Activity type of scheduled event does not match',
      },
      { workflowId: 'sync-source/project_a', type: 'syncSource', events: 41, problem: null },
    ] as unknown as Parameters<typeof renderReplayed>[0]),
  accept: () => {
    const taken = (system: string, database: string, xmin: string) =>
      ({ identity: { system, database, timeline: '1' }, snapshot: { xmin, takenAt: at } }) as never;
    return comparison(taken('7577011364826558273', '16384', '4295012345'), taken('7577', '16385', '751'));
  },
};

/** A statement and a command to copy are left to the terminal, which breaks them without a newline. */
const isCopied = (line: string) => /;$|tidehouse|^ +\S+=/.test(line);

describe.each([80, 100, 200])('on a terminal of %i columns', (columns) => {
  const { isTTY, columns: before } = process.stdout;
  beforeAll(() => void Object.assign(process.stdout, { isTTY: true, columns }));
  afterAll(() => void Object.assign(process.stdout, { isTTY, columns: before }));

  test.each(Object.entries(screens))('what %s prints fits', (_command, render) => {
    const text = wrapProse(render(), screenWidth());
    expect(`\n${text}\n`).toMatchSnapshot();
    for (const line of text.split('\n').filter((each) => !isCopied(each)))
      expect(line.length).toBeLessThan(columns);
    for (const number of text.match(/\d[\d,]*$/gm) ?? []) expect(number).not.toMatch(/,$/);
  });
});
