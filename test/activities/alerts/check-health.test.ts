import type { ApplicationFailure } from '@temporalio/common';
import { Client as Postgres } from 'pg';
import { lastSuccess } from '../../../activities/alerts/last-success.ts';
import { applySchedules } from '../../../client/schedules/apply.ts';
import { readIncidents } from '../../../client/status/incidents.ts';
import type { Config } from '../../../model/config.ts';
import type { Observation } from '../../../model/weather.ts';
import { readIncidents as incidentsOfPage } from '../../../page/collect/temporal.ts';
import type { FailureSubject } from '../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { filesQueue, syncSourceId, taskQueue, weatherPlaceId, workflowTypes } from '../../../model/names.ts';
import type { SourceResult } from '../../../model/runs.ts';
import { eventually } from '../../support/eventually.ts';
import { openWatch } from '../../support/watch.ts';
import type { Watch } from '../../support/watch.ts';

let watch: Watch;
let usual: Config;
beforeAll(async () => {
  watch = await openWatch();
  usual = watch.config;
});
afterAll(async () => {
  giveUp();
  await watch.close();
});
beforeEach(async () => {
  watch.config = usual;
  watch.activities = working;
  await watch.warehouse.query('truncate ops.source, ops.batch cascade');
  await applySchedules(watch.temporal.client, usual);
});

/** Activities that always succeed. */
const working: Watch['activities'] = {
  // Runs started by the schedule during a test have nothing to do.
  listSources: () => Promise.resolve({ names: [], searchAttributes: [] }),
  extract: () =>
    Promise.resolve({
      ...{ status: 'landed', idle: true, analyticsCurrent: true },
      completeThrough: new Date().toISOString(),
      tables: {},
    }),
  recordFailure: () => Promise.resolve(),
};
const fails =
  (problem: string, type: string = failureTypes.unavailable, subject: FailureSubject = {}) =>
  () =>
    Promise.reject(createFailure(type, { ...subject, causes: [{ problem }] }, { final: true }));
let giveUp: () => void = () => undefined;
const over = new Promise<never>((_, reject) => (giveUp = () => reject(new Error('The tests are over.'))));
over.catch(() => undefined);
/** An activity that does not end during the tests. */
const never = () => over;

const client = () => watch.temporal.client;
const usualWarehouse = () => (usual.warehouse.url as { value: string }).value;
const startSource = (source: string, timeout = '1 hour') =>
  client().workflow.start(workflowTypes.syncSource, {
    taskQueue,
    workflowId: syncSourceId(source),
    args: [{ source }],
    workflowExecutionTimeout: timeout,
  });
const runSource = async (source: string): Promise<void> => {
  const handle = await startSource(source);
  await (handle.result() as Promise<SourceResult>).catch(() => undefined);
};
const openSubjects = async () => (await watch.check()).open;

describe('a source has an incident', () => {
  test('from a failed run until the next completed one', async () => {
    watch.config = { ...usual, alerts: { ...usual.alerts, webUi: 'https://temporal.example.com' } };
    watch.activities = {
      ...working,
      extract: fails('out of reach', failureTypes.unavailable, { source: 'project_a' }),
    };
    await runSource('project_a');
    await watch.until('source/project_a', 'open');
    const { notifications } = await watch.notified('source/project_a');
    expect(notifications.map(({ message }) => message)).toEqual(['opened']);
    const lines = watch.chat.delivered.at(-1)?.text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining(['🔴 project_a is failing', 'out of reach', 'Not affected: project_b']),
    );

    watch.activities = working;
    await runSource('project_a');
    await watch.until('source/project_a', 'resolved');
    await eventually('the chat is notified', () =>
      watch.chat.delivered.at(-1)?.text.startsWith('🟢 project_a has recovered'),
    );
    const { runId } = await client().workflow.getHandle(syncSourceId('project_a')).describe();
    expect(watch.chat.delivered.at(-1)?.button).toContain(runId);
    const run = { workflowId: syncSourceId('project_a'), runId };
    const before = new Date(0).toISOString();
    for (const subject of ['table/project_a/events', 'deletes/project_a', 'quarantine/project_a']) {
      expect(await lastSuccess(client(), subject, before)).toEqual(run);
      expect(await lastSuccess(client(), subject, new Date().toISOString())).toBeUndefined();
    }
    for (const subject of ['orphans/project_a', 'warehouse', 'queue/files'])
      expect(await lastSuccess(client(), subject, before)).toBeUndefined();
  });

  test('from a terminated run until the next completed one', async () => {
    watch.activities = { ...working, extract: never };
    const handle = await startSource('project_a');
    await handle.terminate('by hand');
    await watch.until('source/project_a', 'open');
    watch.activities = working;
    await runSource('project_a');
    await watch.until('source/project_a', 'resolved');
  });

  test('when a run has timed out', async () => {
    watch.activities = { ...working, extract: never };
    const handle = await startSource('project_b', '1 second');
    await expect(handle.result()).rejects.toThrow();
    await watch.until('source/project_b', 'open');
    watch.activities = working;
    await runSource('project_b');
    await watch.until('source/project_b', 'resolved');
  });

  test('when its data is old although its runs succeed, but not while the schedule is paused with a signed note', async () => {
    await runSource('project_a');
    await watch.warehouse.query(
      `insert into ops.source (source, complete_through) values ('project_a', now() - interval '2 hours')`,
    );
    await watch.until('source/project_a', 'open');
    const schedule = client().schedule.getHandle('sync');
    await watch.warehouse.query(`update ops.source set complete_through = now()`);
    await watch.until('source/project_a', 'resolved');
    await schedule.pause('by anna, until the migration is through');
    await watch.warehouse.query(`update ops.source set complete_through = now() - interval '2 hours'`);
    expect(await openSubjects()).not.toContain('source/project_a');
    await schedule.unpause();
  });

  test('when a run takes far longer than usual', async () => {
    await runSource('project_b');
    watch.config = { ...usual, schedules: { ...usual.schedules, sync: 300 } };
    watch.activities = { ...working, extract: never };
    const handle = await startSource('project_b');
    await watch.until('source/project_b', 'open');
    await handle.terminate('enough');
    watch.activities = working;
    await runSource('project_b');
    await watch.until('source/project_b', 'resolved');
  });
});

test('a failed run has no incident of its own when its sources explain it', async () => {
  watch.activities = {
    ...working,
    listSources: () => Promise.resolve({ names: ['project_a', 'project_b'], searchAttributes: [] }),
    extract: fails('out of reach', failureTypes.unavailable, { source: 'project_a' }),
  };
  const schedule = client().schedule.getHandle('sync');
  await schedule.trigger();
  await watch.until('source/project_a', 'open');
  expect(await openSubjects()).not.toContain('schedule/sync');
  watch.activities = working;
  await runSource('project_a');
  await runSource('project_b');
  await watch.until('source/project_a', 'resolved');
});

test('a run that failed for another reason is a problem of its schedule until the next one completes', async () => {
  watch.activities = { ...working, listSources: fails('the config cannot be read') };
  const schedule = client().schedule.getHandle('sync');
  await schedule.trigger();
  await watch.until('schedule/sync', 'open');
  await watch.notified('schedule/sync');
  expect(watch.chat.delivered.at(-1)?.text).toContain('the config cannot be read');
  watch.activities = working;
  await eventually('a run has completed', async () => {
    await schedule.trigger();
    return !(await openSubjects()).includes('schedule/sync');
  });
});

test('a workflow whose code fails has an incident that quotes the error', async () => {
  const handle = await client().workflow.start(workflowTypes.syncSource, {
    taskQueue,
    workflowId: syncSourceId('project_b'),
    args: [],
  });
  await watch.until('source/project_b', 'open');
  await watch.notified('source/project_b');
  const text = watch.chat.delivered.at(-1)?.text;
  expect(text).toContain('🔴 The workflow of project_b cannot continue');
  expect(text).toContain('Cannot destructure property');
  const incidents = await incidentsOfPage(client(), Date.now());
  expect(incidents.find(({ subject }) => subject === 'source/project_b')).toMatchObject({
    cause: expect.stringContaining('Cannot destructure property') as string,
    next: { text: expect.stringContaining('Open the run') as string },
    run: { workflowId: syncSourceId('project_b') },
  });
  await handle.terminate('the test is over');
  await runSource('project_b');
  await watch.until('source/project_b', 'resolved');
}, 120_000);

describe('a schedule has an incident', () => {
  test('when it does not exist', async () => {
    await client().schedule.getHandle('sync').delete();
    await watch.until('schedule/sync', 'open');
    await applySchedules(client(), usual);
    await watch.until('schedule/sync', 'resolved');
  });

  test('when it is paused without a signed note, since the pause was found', async () => {
    const schedule = client().schedule.getHandle('sync');
    const before = Date.now();
    await schedule.pause('(no reason provided)');
    await watch.until('schedule/sync', 'open');
    const { since } = await watch.notified('schedule/sync');
    expect(Date.parse(since)).toBeGreaterThanOrEqual(before);
    await schedule.pause('by anna@host, while the server is moved');
    await watch.until('schedule/sync', 'resolved');
    await schedule.unpause('by anna@host');
  });

  test('when it has started nothing for three intervals, which is quiet for one more, since the first of them', async () => {
    const everyMs = 3_000;
    watch.config = { ...usual, schedules: { ...usual.schedules, sync: everyMs } };
    await watch.until('schedule/sync', 'open');
    const incidents = await readIncidents(client());
    const incident = incidents.find(({ id }) => id === 'schedule/sync');
    expect(incident?.quietUntil).not.toBeNull();
    const { info } = await client().schedule.getHandle('sync').describe();
    const last = Math.max(
      info.recentActions.at(-1)?.takenAt.getTime() ?? 0,
      (info.lastUpdatedAt ?? info.createdAt).getTime(),
    );
    expect(Date.parse(incident!.since)).toBe(last + everyMs);
    watch.config = usual;
    await watch.until('schedule/sync', 'resolved');
  });
});

test('row counts that do not reconcile are an incident, whose command reads the tables whole', async () => {
  await watch.warehouse.query(
    `insert into ops.source (source, complete_through) values ('project_a', now());
     insert into ops.position (source, table_name, rows, difference, shape, changed_at)
     values ('project_a', 'events', 10, 3, '{}', now()), ('project_a', 'pages', 10, 0, '{}', now())`,
  );
  await watch.until('row-count/project_a', 'open');
  await watch.notified('row-count/project_a');
  expect(watch.chat.delivered.at(-1)?.text).toContain('Next: tidehouse resync project_a');
  await watch.warehouse.query('delete from ops.position');
  await watch.until('row-count/project_a', 'resolved');
});

test('a transaction that stays open while others start is an incident, whose statement shows the session', async () => {
  const other = new Postgres({ connectionString: usualWarehouse() });
  await other.connect();
  await other.query('begin');
  const { rows: ids } = await other.query<{ xmin: string; next: string; pid: number }>(
    `select pg_current_xact_id()::text as xmin, (pg_current_xact_id()::text::bigint + 200)::text as next,
            pg_backend_pid() as pid`,
  );
  const { xmin, next, pid } = ids[0]!;
  await watch.warehouse.query(
    `insert into ops.source (source, complete_through, snapshot, snapshot_xmin, snapshot_xmax)
     values ('project_b', now(), $1, $2, $3)`,
    [`${xmin}:${next}:${xmin}`, xmin, next],
  );
  const batch = (name: string, snapshot: string, ago: string) =>
    watch.warehouse.query(
      `insert into ops.batch (batch, source, snapshot, complete_through)
       values ($1, 'project_b', $2, now() - $3::interval)`,
      [name, snapshot, ago],
    );
  await batch('1', '3:3:', '3 hours');
  await batch('2', `${xmin}:${xmin}:`, '2 hours');
  expect(await openSubjects()).not.toContain('long-transaction/project_b');
  await batch('3', `${xmin}:${next}:${xmin}`, '0 s');
  await watch.until('long-transaction/project_b', 'open');
  await watch.notified('long-transaction/project_b');
  const lines = watch.chat.delivered.at(-1)?.text.split('\n') ?? [];
  const statement = lines.find((line) => line.startsWith('select '));
  const { rows: sessions } = await watch.warehouse.query<{ pid: number }>(statement!);
  expect(sessions.map((session) => session.pid)).toEqual([pid]);
  await other.end();
  await watch.warehouse.query('update ops.source set snapshot_xmin = $1', [next]);
  await watch.until('long-transaction/project_b', 'resolved');
});

test('an unavailable warehouse is one incident, not one for each source', async () => {
  const unreachable = { value: 'postgres://nobody@127.0.0.1:1/none' };
  watch.config = { ...usual, warehouse: { url: unreachable } };
  // The failure of the real extract, which passes through the workflow as data. Its retries would take half a minute.
  watch.activities = {
    ...working,
    extract: (input) =>
      watch.real.extract(input).catch((error: unknown) => {
        throw Object.assign(error as ApplicationFailure, { nonRetryable: true });
      }),
  };
  await runSource('project_a');
  await watch.until('warehouse', 'open');
  await watch.notified('warehouse');
  expect((await openSubjects()).filter((subject) => subject.startsWith('source/'))).toEqual([]);

  // The warehouse is available to the health check again, but no source has landed since.
  watch.config = usual;
  expect(await openSubjects()).toContain('warehouse');
  expect((await openSubjects()).filter((subject) => subject.startsWith('source/'))).toEqual([]);
  expect(watch.chat.delivered.at(-1)?.text).toMatch(
    /^🔴 The warehouse is unavailable\n(.*\n)*connection refused by /,
  );

  watch.activities = working;
  await runSource('project_a');
  await watch.until('warehouse', 'resolved');
});

test("when the warehouse rejects one source's data, that is the source's problem", async () => {
  const ofWarehouse = { source: 'project_a', warehouse: true } as const;
  watch.activities = {
    ...working,
    extract: ({ source, batchId }) =>
      Promise.resolve({
        ...{ source, id: batchId, after: null, manifestSha256: '' },
        ...{ tableCount: 1, rowCount: 1, bytes: 1 },
      }),
    loadRaw: fails('integer out of range', failureTypes.cannotLand, ofWarehouse),
  };
  await runSource('project_a');
  await watch.until('source/project_a', 'open');
  expect(await openSubjects()).not.toContain('warehouse');
  watch.activities = working;
  await runSource('project_a');
  await watch.until('source/project_a', 'resolved');
});

test('an invalid config is one incident, which uses the last valid config and explains the failed runs', async () => {
  watch.configError = 'tidehouse.yaml:7: alerts.telegram.token: expected where to find it';
  await client().schedule.getHandle('sync').trigger();
  watch.activities = { ...working, listSources: fails(watch.configError, failureTypes.badConfig) };
  await watch.until('config', 'open');
  await watch.notified('config');
  expect(await openSubjects()).not.toContain('schedule/sync');
  expect(watch.chat.delivered.at(-1)?.text).toContain('tidehouse.yaml:7: alerts.telegram.token');
  watch.configError = undefined;
  watch.activities = working;
  await watch.until('config', 'resolved');
});

test('a nearly full staging disk is an incident', async () => {
  watch.config = { ...usual, alerts: { ...usual.alerts, diskFree: 1 } };
  await watch.until('disk/staging', 'open');
  // The page has no other source for what to do about it.
  const incidents = await incidentsOfPage(client(), Date.now());
  expect(incidents.find(({ subject }) => subject === 'disk/staging')?.next).toEqual({
    text: 'Free some space, or name another folder under "staging" in the config.',
    sql: [],
  });
  watch.config = usual;
  await watch.until('disk/staging', 'resolved');
});

describe('with a place', () => {
  const values = {
    temp: 1,
    feels_like: 1,
    temp_min: 1,
    temp_max: 1,
    pressure: 1000,
    speed: 1,
    deg: 1,
    gust: null,
  };
  const observedAt = (time: number) => (): Promise<Observation> =>
    Promise.resolve({ time: new Date(time).toISOString(), provider: 'openweather', values });
  const runPlace = () =>
    client().workflow.execute(workflowTypes.weatherPlace, {
      taskQueue,
      workflowId: weatherPlaceId('minsk'),
      args: [{ place: 'minsk' }],
    });

  beforeEach(async () => {
    const place = { name: 'minsk', latitude: 53.9, longitude: 27.6, timezone: 'Europe/Minsk' };
    const weather = {
      provider: 'openweather',
      url: 'http://127.0.0.1:1',
      places: [place],
      folder: '/nowhere',
    } as const;
    watch.config = { ...usual, weather };
    await applySchedules(client(), watch.config);
  });

  test('a queue that no worker polls is an incident', async () => {
    const other = await openWatch({ queues: [taskQueue] });
    other.config = { ...other.config, weather: watch.config.weather };
    await other.until(`queue/${filesQueue}`, 'open');
    await other.close();
    expect(await openSubjects()).not.toContain(`queue/${filesQueue}`);
  });

  test('missing weather is an incident after two hours, until there is a new observation', async () => {
    const written = () => Promise.resolve({ added: 1 });
    const filled = () =>
      Promise.resolve({ rows: { temperature: 0, wind: 0 }, movedAside: [], stillMissing: 0 });
    watch.activities = {
      ...working,
      observe: observedAt(Date.now() - 3 * 3_600_000),
      writeWeather: written,
      fillHours: filled,
    };
    await runPlace();
    await watch.until('place/minsk', 'open');
    watch.activities = { ...watch.activities, observe: observedAt(Date.now()) };
    await runPlace();
    await watch.until('place/minsk', 'resolved');
  });

  test('an activity that is retried more often than usual is an incident with the last failure', async () => {
    let attempts = 0;
    watch.activities = {
      ...working,
      observe: () => {
        attempts++;
        const retryAfterMs = attempts < 4 ? 10 : 600_000;
        return Promise.reject(
          createFailure(
            failureTypes.noObservation,
            { place: 'minsk', causes: [{ problem: 'the service is gone' }] },
            { retryAfterMs },
          ),
        );
      },
    };
    const handle = await client().workflow.start(workflowTypes.weatherPlace, {
      taskQueue,
      workflowId: weatherPlaceId('minsk'),
      args: [{ place: 'minsk' }],
    });
    await watch.until('place/minsk', 'open');
    const { since } = await watch.notified('place/minsk');
    expect(Date.parse(since)).toBeLessThanOrEqual(Date.now());
    expect(watch.chat.delivered.at(-1)?.text.split('\n')).toEqual(
      expect.arrayContaining(['🔴 minsk: observe keeps failing', 'the service is gone']),
    );
    await handle.terminate('the test is over');
  });
});
