import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { OnStaged } from '../../activities/sync/extract.ts';
import { createActivities } from '../../activities/index.ts';
import { packageRoot } from '../../activities/package-root.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { sqlFile } from '../../activities/postgres/sql-file.ts';
import { initPostgres } from '../../local/postgres/cluster.ts';
import { startPostgres } from '../../local/postgres/server.ts';
import type { TableConfig } from '../../model/table-config.ts';
import type { FailureDetails } from '../../model/failure.ts';
import { failureTypes } from '../../model/failure.ts';
import { formatTime } from '../../model/time.ts';
import { registerSearchAttributes } from '../../client/schedules/search-attributes.ts';
import { readTableOutcomes } from '../../client/run/table-outcomes.ts';
import { syncSourceId, taskQueue, workflowTypes } from '../../model/names.ts';
import type { AuditRunResult, SyncInput, SyncResult } from '../../model/runs.ts';
import type { audit, sync, syncSource } from '../../workflows/index.ts';
import { codeBlock, markdownTable } from '../../workflows/markdown-table.ts';
import type { Cell } from '../../workflows/markdown-table.ts';
import { starTables, testConfig } from '../support/config.ts';
import { analyticsDifference, dataDifference } from '../support/equal-data.ts';
import { eventually } from '../support/eventually.ts';
import { attempts, detailsOf, historyOf, scheduled, summaries, textOf } from '../support/history.ts';
import { urlOf } from '../support/postgres.ts';
import { openStar, openText } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { runActivity } from '../support/sync-once.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { visit } from '../support/visit.ts';
import { openWire } from '../support/wire.ts';

const names = ['project_a', 'project_b', 'project_c'];
const wrongPassword = 'Wrong-Word-of-Nobody';
const reader = { role: `reader_${randomBytes(4).toString('hex')}`, password: 'Right-Word-of-Ours' };

let star: Star;
let temporal: TestTemporal;
let worker: { stop(): Promise<void> };
/** The sources in the config from now on. */
let sources: Record<string, string>;
let tables: Record<string, TableConfig>;
/** Called when an extract has staged its files. */
let onStaged: OnStaged;
let visits = 0;
/** The application's connection to each source. */
const apps: Record<string, Client> = {};

beforeAll(async () => {
  star = await openStar({ hosts: names });
  for (const name of names) apps[name] = await openText(star.hosts[name]!);
  await star.host.query(`create role ${reader.role} login password '${reader.password}'`);
  for (const app of Object.values(apps))
    await app.query(
      `grant usage on schema public to ${reader.role}; grant select on all tables in schema public to ${reader.role}`,
    );
  const now = () => testConfig({ sources, warehouse: star.warehouseUrl, staging: star.staging, tables });
  const activities = createActivities({
    config: { read: () => now().read(), reveal: (secret) => now().reveal(secret) },
    timeouts: { ...defaultTimeouts, sourceLockPauseMs: 100 },
    onStaged: (client, manifest) => onStaged(client, manifest),
  });
  reset();
  temporal = await openTemporal();
  await registerSearchAttributes(temporal.client);
  worker = await temporal.startWorker(activities);
}, 400_000);
afterAll(async () => {
  await worker.stop();
  await temporal.close();
  for (const app of Object.values(apps)) await app.end();
  const role = await openText(urlOf('postgres'));
  await star.close();
  await role.query(`drop role ${reader.role}`);
  await role.end();
});
/** Clean-ups for whatever a test has stopped or opened, so a failed test does not block the next. */
const cleanUps: (() => unknown)[] = [];
beforeEach(reset);
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

function reset(): void {
  sources = Object.fromEntries(
    names.map((name) => [name, as(star.hosts[name]!, reader.role, reader.password)]),
  );
  tables = starTables;
  onStaged = () => Promise.resolve();
}

function as(url: string, role: string, password: string): string {
  const changed = new URL(url);
  changed.username = role;
  changed.password = password;
  return changed.href;
}

type Run = WorkflowHandleWithFirstExecutionRunId<typeof sync>;
let serial = 0;
const startSync = (input: Partial<SyncInput> = {}): Promise<Run> =>
  temporal.client.workflow.start<typeof sync>(workflowTypes.sync, {
    taskQueue,
    workflowId: `sync/${++serial}`,
    args: [{ waitMinutes: 1, ...input }],
  });
const runSync = async (input: Partial<SyncInput> = {}) => (await startSync(input)).result();
/** The outcomes of the tables of each source that landed, as the command reads them. */
const tablesOf = ({ sources: totals }: SyncResult) =>
  readTableOutcomes(temporal.client, totals, () => undefined);
const child = (source: string) => temporal.client.workflow.getHandle<typeof syncSource>(syncSourceId(source));
const stateOf = async (source: string) => (await child(source).describe()).status.name;
const visitAll = async () => {
  visits++;
  for (const app of Object.values(apps)) await visit(app, visits);
};

/** The failure of a run. */
async function failureOf(run: { result(): Promise<unknown> }): Promise<ApplicationFailure> {
  const error = await run.result().then(
    () => new Error('The run did not fail.'),
    (thrown: unknown) => thrown,
  );
  let at: unknown = error;
  while (at instanceof WorkflowFailedError || (at instanceof Error && !(at instanceof ApplicationFailure)))
    at = at.cause;
  if (at instanceof ApplicationFailure) return at;
  throw error;
}

const missing = async (source: string) => dataDifference(star.hosts[source]!, star.warehouse, source);
const sessionsInAnalytics = async () => {
  const { rows } = await star.warehouse.query<{ project: string; sessions: string }>(
    'select project, count(*) as sessions from session_analytics group by 1 order by 1',
  );
  return Object.fromEntries(rows.map(({ project, sessions }) => [project, Number(sessions)]));
};

/** Makes the extracts of `source` wait, once they have staged their files, until `release`. */
function hold(source: string): { held: Promise<void>; release: () => void } {
  let release: () => void = () => undefined;
  let caught: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const held = new Promise<void>((resolve) => (caught = resolve));
  cleanUps.push(release);
  onStaged = (_, manifest) => {
    if (manifest.source !== source) return Promise.resolve();
    caught();
    return released;
  };
  return { held, release };
}

test('three sources land in parallel, and running twice more changes nothing', async () => {
  await visitAll();
  // None may continue before all three are running.
  let waiting = 0;
  let open: () => void;
  const all = new Promise<void>((resolve) => (open = resolve));
  onStaged = () => {
    if (++waiting === names.length) open();
    return all;
  };
  const first = await runSync();
  for (const name of names) {
    expect(first.sources[name]).toMatchObject({ status: 'landed' });
    expect((await tablesOf(first))[name]).toMatchObject({ events: { inserted: 1, rows: 1 } });
    expect(await missing(name)).toEqual({});
  }
  // The first refresh may also compute sessions of another source.
  expect(Object.values(first.sources).reduce((sum, { sessions }) => sum + sessions, 0)).toBe(3);
  expect(await sessionsInAnalytics()).toEqual({ project_a: 1, project_b: 1, project_c: 1 });

  reset();
  for (const again of [await runSync(), await runSync()])
    for (const name of names) {
      expect(again.sources[name]).toMatchObject({ status: 'landed', changed: 0, sessions: 0 });
      for (const outcome of Object.values((await tablesOf(again))[name]!))
        expect(outcome).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    }
});

/** A row of a table in a workflow's details. */
const row = (...cells: Cell[]) => markdownTable([], [cells]).split('\n')[2]!.replace(/ \|$/, '');

test('the Web UI has a summary of each activity, and a table of the landed rows', async () => {
  await visitAll();
  const run = await startSync();
  const result = await run.result();
  const { completeThrough, extracted: rows } = result.sources['project_a']!;
  const outcomes = Object.values((await tablesOf(result))['project_a']!);

  expect(summaries(await historyOf(temporal.client, run.workflowId))).toEqual(['listSources: all sources']);
  expect(rows).toBe(outcomes.reduce((sum, { extracted }) => sum + extracted, 0));
  expect(summaries(await historyOf(temporal.client, syncSourceId('project_a')))).toEqual([
    'extract: project_a',
    `loadRaw: project_a: 5 tables, ${rows} rows`,
    `upsert: project_a: 5 tables, ${rows} rows`,
    'refreshViews: project_a: its sessions',
  ]);
  expect(await detailsOf(temporal.client, run.workflowId)).toContain(
    row('project_a', 'landed', rows, formatTime(completeThrough!)),
  );
  const details = await detailsOf(temporal.client, syncSourceId('project_a'));
  expect(details).toContain(
    `**project_a**: landed, ${rows} rows\n\nComplete through ${formatTime(completeThrough!)}.`,
  );
  expect(details).toContain(row('events', 1, 1, 0, 0, visits));
  expect(Object.entries(result)[0]).toEqual(['landed', `3 of 3 sources; ${landedRows(result)} rows changed`]);
  expect(Object.entries(await child('project_a').result())[0]).toEqual([
    'landed',
    `${result.sources['project_a']!.changed} rows changed; complete through ${formatTime(completeThrough!)}`,
  ]);
});

const landedRows = ({ sources: totals }: SyncResult) =>
  Object.values(totals).reduce((sum, { changed }) => sum + changed, 0);

test('runs are found by source, landed rows and lag, with the queries of the docs', async () => {
  await visitAll();
  const run = await startSync();
  const result = await run.result();
  const { runId, changed } = result.sources['project_a']!;
  const found = async (query: string) => {
    const runs: string[] = [];
    for await (const each of temporal.client.workflow.list({ query })) runs.push(each.runId);
    return runs;
  };
  await eventually('the run is listed', async () =>
    (await found(`Source = 'project_a' AND LandedRows = ${changed} AND LagSeconds < 60`)).includes(runId!),
  );
  await eventually('the whole run is listed', async () =>
    (await found(`LandedRows = ${landedRows(result)}`)).includes(run.firstExecutionRunId),
  );
  const docs = readFileSync(join(packageRoot, 'docs', 'operate.md'), 'utf8').split(
    '### Searching the list of runs',
  )[1]!;
  const queries = [...docs.split('\n## ')[0]!.matchAll(/^\| [^|]+ \| `(.*)` +\|$/gm)].map(
    ([, query]) => query!,
  );
  expect(queries.length).toBeGreaterThan(6);
  for (const query of queries) await found(query);
});

test('an audit goes on with the oldest, no source or table that fails stops it, and the next run mends what it found', async () => {
  await visitAll();
  await runSync();
  const startAudit = (minutes: number) =>
    temporal.client.workflow.start<typeof audit>(workflowTypes.audit, {
      taskQueue,
      workflowId: `audit/${++serial}`,
      args: [{ minutes }],
    });
  const equal = { status: 'audited', tables: 4, unequal: 0 };
  expect(await (await startAudit(0)).result()).toMatchObject({ compared: 'nothing', left: 3 });
  await star.warehouse.query(
    `update clean.events set event_name = 'forged' where project = 'project_b';
     alter table clean.pages rename column name to title`,
  );
  sources['project_c'] = as(star.hosts['project_c']!, reader.role, 'wrong');
  const run = await startAudit(60);
  const failure = await failureOf(run);
  expect(failure.type).toBe(failureTypes.auditFailed);
  const [, detail] = failure.details as [FailureDetails, AuditRunResult];
  expect(Object.entries(detail)[0]).toEqual([
    'compared',
    expect.stringMatching(/^7 tables, [\d,]+ rows: 1 not equal$/),
  ]);
  expect(detail).toMatchObject({
    left: 0,
    sources: {
      project_a: {
        status: 'failed',
        tables: 4,
        unequal: 0,
        error: expect.stringContaining('table "pages"') as string,
      },
      project_b: { status: 'failed', tables: 3, unequal: 1 },
      project_c: { status: 'failed', tables: 0, error: expect.stringContaining('password') as string },
    },
  });
  await star.warehouse.query('alter table clean.pages rename column title to name');
  sources['project_c'] = as(star.hosts['project_c']!, reader.role, reader.password);

  const [first] = await runActivity(star.activities.listAudits, undefined);
  expect(first).toMatchObject({
    source: 'project_a',
    tables: ['pages', expect.anything(), expect.anything(), expect.anything(), expect.anything()],
  });
  await runSync();
  for (const name of names) expect(await missing(name)).toEqual({});
  expect(await (await startAudit(60)).result()).toMatchObject({
    left: 0,
    sources: { project_a: { ...equal, tables: 5 }, project_b: equal, project_c: equal },
  });
});

test('a stopped source fails alone and is named at the end, and its changes land when it is back', async () => {
  const folder = `${await temporaryFolder('stopped')}/data`;
  await initPostgres(folder, { password: 'test' });
  let server = await startPostgres({ folder, password: 'test' });
  const { port } = server;
  const url = server.url('postgres');
  sources = { ...sources, stopped: url };
  let app = await openText(url);
  await app.query(sqlFile('demo/source.sql'));
  await visit(app, 1);
  await runSync();
  await visit(app, 2);
  await app.end();
  await server.stop();
  await visitAll();

  const run = await startSync();
  await eventually('the others are in the analytics', async () => {
    const sessions = await sessionsInAnalytics();
    return names.every((name) => sessions[name] === visits);
  });
  expect(await stateOf('stopped')).toBe('RUNNING');
  for (const name of names) expect(await missing(name)).toEqual({});

  const failure = await failureOf(run);
  const sentence = `source "stopped": connection refused by 127.0.0.1:${port}. Check that the server is running and can be reached.`;
  expect(failure.type).toBe(failureTypes.sourcesFailed);
  expect(failure.message).toBe(`1 of 4 sources failed: ${sentence}`);
  const [, detail] = failure.details as [FailureDetails, SyncResult];
  expect(detail.sources['stopped']).toMatchObject({ status: 'failed', error: sentence });
  for (const name of names) expect(detail.sources[name]).toMatchObject({ status: 'landed' });
  const noted = await star.warehouse.query(`select error from ops.source where source = 'stopped'`);
  expect(noted.rows).toEqual([{ error: sentence }]);
  expect(await detailsOf(temporal.client, run.workflowId)).toContain(
    row('stopped', 'failed', undefined, undefined, { code: sentence }),
  );
  expect(await detailsOf(temporal.client, syncSourceId('stopped'))).toBe(
    `**stopped**: failed\n\n${codeBlock(sentence)}`,
  );

  server = await startPostgres({ folder, password: 'test', port });
  app = await openText(url);
  await visit(app, 3);
  await app.end();
  expect((await tablesOf(await runSync()))['stopped']).toMatchObject({ events: { inserted: 2 } });
  expect(await dataDifference(url, star.warehouse, 'stopped')).toEqual({});
  await server.stop();
});

test('a source with a locked table delays neither the landing nor the analytics of the others', async () => {
  await visitAll();
  const locker = await openText(star.hosts['project_b']!);
  cleanUps.push(() => locker.end());
  await locker.query('begin; lock table events in access exclusive mode');
  const before = await sessionsInAnalytics();
  // The first run starts the child, the second finds it running.
  for (let n = 1; n <= 2; n++) {
    const result = await runSync({ waitMinutes: 0.1 });
    expect(result.sources['project_b']).toMatchObject({ status: 'running' });
    for (const name of ['project_a', 'project_c']) {
      expect((await tablesOf(result))[name]).toMatchObject({ events: { inserted: 1 } });
      expect((await sessionsInAnalytics())[name]).toBe(visits);
      expect(await missing(name)).toEqual({});
      await visit(apps[name]!, visits + 1);
    }
    visits++;
  }
  expect((await sessionsInAnalytics())['project_b']).toBe(before['project_b']);
  expect(await stateOf('project_b')).toBe('RUNNING');
  await locker.query('commit');
  expect(await child('project_b').result()).toMatchObject({
    status: 'landed',
    tables: { events: { inserted: 1 } },
  });
  expect(await missing('project_b')).toEqual({});
});

test('a run with afterRunning waits for running children, and then lands everything committed before it', async () => {
  const { held, release } = hold('project_b');
  await visit(apps['project_b']!, ++visits);
  const first = await runSyncUntilHeld(held);
  await visit(apps['project_b']!, ++visits);
  const run = await startSync({ sources: ['project_b'], afterRunning: true });
  await eventually('it found the child at work', async () =>
    ((await run.fetchHistory()).events ?? []).some(
      (event) => event.startChildWorkflowExecutionFailedEventAttributes,
    ),
  );
  expect(await missing('project_b')).not.toEqual({});
  release();

  expect((await tablesOf(await run.result()))['project_b']).toMatchObject({ events: { inserted: 1 } });
  expect(await missing('project_b')).toEqual({});
  const { runId } = await child('project_b').describe();
  expect(runId).not.toBe(first);
});

test('a source with a deleted row is extracted exactly twice, or once if deletes are expected', async () => {
  await runSync();
  const [app, name] = [apps['project_a']!, 'project_a'];
  for (const extracts of [2, 1]) {
    await app.query('delete from transactions where id = (select max(id) from transactions)');
    const outcomes = await tablesOf(await runSync({ sources: [name] }));
    expect(outcomes[name]).toMatchObject({ transactions: { deleted: 1 } });
    expect(await missing(name)).toEqual({});
    expect(await analyticsDifference(star.warehouse)).toEqual([]);
    const history = await historyOf(temporal.client, syncSourceId(name));
    for (const activity of ['extract', 'loadRaw', 'upsert'])
      expect([activity, scheduled(history, activity)]).toEqual([activity, extracts]);
  }
});

test('a table that is missing is held back, and the rest of its source and the others land', async () => {
  tables = { ...starTables, nowhere: { from: 'project_b' } };
  const { sources: totals } = await runSync();
  for (const name of Object.keys(totals))
    expect([name, totals[name]!.status, totals[name]!.heldBack]).toEqual([
      name,
      'landed',
      name === 'project_b' ? 1 : undefined,
    ]);
  expect((await child('project_b').result()).heldBack).toMatchObject([
    { table: 'nowhere', problem: 'it does not exist at the source' },
  ]);
  expect(await detailsOf(temporal.client, syncSourceId('project_b'))).toContain(
    `Held back:\n${codeBlock('table "nowhere": it does not exist at the source. Create it, or remove it from the config.')}`,
  );
});

describe('a failure that no retry can cure ends the run at once, for example', () => {
  test('a wrong password', async () => {
    sources['project_b'] = as(star.hosts['project_b']!, reader.role, wrongPassword);
    await expectFailure(
      {},
      'project_b',
      /source "project_b": password authentication failed for user .*correct the URL/,
    );
  });

  test('an invalid URL', async () => {
    sources['project_b'] = `postgres://reader:${wrongPassword}@127.0.0.1:port/shop`;
    await expectFailure({}, 'project_b', /source "project_b": its URL is invalid/);
  });

  test('a source that is not in the config', async () => {
    const failure = await failureOf(await startSync({ sources: ['project_a', 'nobody'] }));
    expect(failure.message).toBe(
      'source "nobody": not in the config, which has project_a, project_b, project_c.',
    );
    const alone = await temporal.client.workflow.start<typeof syncSource>(workflowTypes.syncSource, {
      taskQueue,
      workflowId: syncSourceId('nobody'),
      args: [{ source: 'nobody' }],
    });
    expect(await failureOf(alone)).toMatchObject({ type: failureTypes.badConfig, message: failure.message });
  });

  /** Checks that a run fails because of `source` after one attempt, and that the others have still landed. */
  async function expectFailure(input: Partial<SyncInput>, source: string, sentence: RegExp): Promise<void> {
    const failure = await failureOf(await startSync(input));
    expect(failure.message).toMatch(/^1 of 3 sources failed: /);
    expect(failure.message).toMatch(sentence);
    const [, detail] = failure.details as [FailureDetails, SyncResult];
    for (const name of names)
      expect(detail.sources[name]).toMatchObject({ status: name === source ? 'failed' : 'landed' });
    expect(new Set(attempts(await historyOf(temporal.client, syncSourceId(source))))).toEqual(new Set([1]));
  }
});

test('a manually terminated child is named by the run', async () => {
  const { held, release } = hold('project_b');
  const run = await startSync();
  await held;
  await child('project_b').terminate('a test');
  const failure = await failureOf(run);
  release();
  expect(failure.message).toMatch(
    /^1 of 3 sources failed: source "project_b": the run was terminated manually\. /,
  );
});

test('a cancelled run leaves its children running', async () => {
  const { held, release } = hold('project_b');
  const run = await startSync();
  await held;
  await run.cancel();
  await run.result().catch(() => undefined);
  expect(await stateOf('project_b')).toBe('RUNNING');
  release();
  expect(await child('project_b').result()).toMatchObject({ status: 'landed' });
});

test('a cancelled child releases its source in the middle of a copy', async () => {
  const wire = await openWire(sources['project_b']!);
  cleanUps.push(() => wire.close());
  sources['project_b'] = wire.url;
  await visit(apps['project_b']!, ++visits);
  const copying = wire.holdAt('copy (select');
  const run = await startSync({ sources: ['project_b'] });
  await copying;
  const open = () =>
    star.host.query(`select from pg_stat_activity where application_name = 'tidehouse' and datname = $1`, [
      new URL(star.hosts['project_b']!).pathname.slice(1),
    ]);
  expect(await open()).toMatchObject({ rowCount: 1 });
  await child('project_b').cancel();
  expect((await failureOf(run)).message).toMatch(/source "project_b": the run was cancelled/);
  await eventually('its connection is closed', async () => (await open()).rowCount === 0);
  expect(await stateOf('project_b')).toBe('CANCELLED');

  reset();
  await runSync();
  expect(await missing('project_b')).toEqual({});
});

test('no history contains a password', async () => {
  const texts: string[] = [];
  for await (const { workflowId, runId } of temporal.client.workflow.list())
    texts.push(textOf(await historyOf(temporal.client, workflowId, runId)));
  const all = texts.join('\n');
  const found = (needles: string[]) => needles.filter((needle) => all.includes(needle));
  // The contents of payloads are covered.
  const there = ['"completeThrough"', 'password authentication failed', 'its URL is invalid'];
  expect(found(there)).toEqual(there);
  expect(found([wrongPassword, reader.password, '@127.0.0.1', star.warehouseUrl])).toEqual([]);
});

/** Starts a run of project_b, waits until its extract is held, and returns the run id of its child. */
async function runSyncUntilHeld(held: Promise<void>): Promise<string> {
  await startSync({ sources: ['project_b'] });
  await held;
  return (await child('project_b').describe()).runId;
}
