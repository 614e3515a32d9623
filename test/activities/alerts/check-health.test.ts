import { ApplicationFailure } from '@temporalio/common';
import { applySchedules } from '../../../client/schedules/apply.ts';
import type { Config } from '../../../model/config.ts';
import type { Observation } from '../../../model/weather.ts';
import { failureTypes } from '../../../model/failure.ts';
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
  watch.steps = steps;
  await watch.warehouse.query('truncate ops.source, ops.batch cascade');
  await applySchedules(watch.temporal.client, usual);
});

/** Steps of a source that is always well. */
const steps: Watch['steps'] = {
  // What the schedule starts in between is no business of a test's.
  listSources: () => Promise.resolve([]),
  extract: ({ source, batchId }) => Promise.resolve({ source, id: batchId, idle: true } as never),
  upsert: () =>
    Promise.resolve({ status: 'landed', completeThrough: new Date().toISOString(), tables: {} } as never),
  refreshViews: () => Promise.resolve({ sessions: 0 }),
  recordFailure: () => Promise.resolve(),
};
const fails = (message: string, type?: string) => () =>
  Promise.reject(
    ApplicationFailure.create({ message, ...(type !== undefined && { type }), nonRetryable: true }),
  );
let giveUp: () => void = () => undefined;
const over = new Promise<never>((_, reject) => (giveUp = () => reject(new Error('The tests are over.'))));
over.catch(() => undefined);
/** A step that does not end before the tests do. */
const never = () => over;

const client = () => watch.temporal.client;
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
const found = async () => (await watch.look()).open;

describe('a source is wrong', () => {
  test('from a run that failed to the next good one', async () => {
    watch.steps = { ...steps, extract: fails('source "project_a": out of reach') };
    await runSource('project_a');
    await watch.until('source/project_a', 'wrong');
    const { notifications } = await watch.told('source/project_a');
    expect(notifications.map(({ message }) => message)).toEqual(['opened']);
    expect(watch.chat.delivered.at(-1)?.text).toContain('source "project_a": out of reach');
    expect(watch.chat.delivered.at(-1)?.text).toContain('project_b');

    watch.steps = steps;
    await runSource('project_a');
    await watch.until('source/project_a', 'well');
    await eventually('it is told', () => watch.chat.delivered.at(-1)?.text.startsWith('🟢'));
  });

  test('from a run that was terminated to the next good one', async () => {
    watch.steps = { ...steps, extract: never };
    const handle = await startSource('project_a');
    await handle.terminate('by hand');
    await watch.until('source/project_a', 'wrong');
    watch.steps = steps;
    await runSource('project_a');
    await watch.until('source/project_a', 'well');
  });

  test('when a run has timed out', async () => {
    watch.steps = { ...steps, extract: never };
    const handle = await startSource('project_b', '1 second');
    await expect(handle.result()).rejects.toThrow();
    await watch.until('source/project_b', 'wrong');
    watch.steps = steps;
    await runSource('project_b');
    await watch.until('source/project_b', 'well');
  });

  test('when it is complete only through long ago though its runs succeed, and not while the schedule is paused by somebody', async () => {
    await runSource('project_a');
    await watch.warehouse.query(
      `insert into ops.source (source, complete_through) values ('project_a', now() - interval '2 hours')`,
    );
    await watch.until('source/project_a', 'wrong');
    const schedule = client().schedule.getHandle('sync');
    await watch.warehouse.query(`update ops.source set complete_through = now()`);
    await watch.until('source/project_a', 'well');
    await schedule.pause('by anna, until the migration is through');
    await watch.warehouse.query(`update ops.source set complete_through = now() - interval '2 hours'`);
    expect(await found()).not.toContain('source/project_a');
    await schedule.unpause();
  });

  test('when a run takes far longer than usual', async () => {
    await runSource('project_b');
    watch.config = { ...usual, schedules: { ...usual.schedules, sync: 300 } };
    watch.steps = { ...steps, extract: never };
    const handle = await startSource('project_b');
    await watch.until('source/project_b', 'wrong');
    await handle.terminate('enough');
    watch.steps = steps;
    await runSource('project_b');
    await watch.until('source/project_b', 'well');
  });
});

test('a run whose sources failed is explained by them', async () => {
  watch.steps = {
    ...steps,
    listSources: () => Promise.resolve(['project_a', 'project_b']),
    extract: fails('source "project_a": out of reach'),
  };
  const schedule = client().schedule.getHandle('sync');
  await schedule.trigger();
  await watch.until('source/project_a', 'wrong');
  expect(await found()).not.toContain('schedule/sync');
  watch.steps = steps;
  await runSource('project_a');
  await runSource('project_b');
  await watch.until('source/project_a', 'well');
});

test('a run that failed for another reason is one of its schedule, until the next good one', async () => {
  watch.steps = { ...steps, listSources: fails('the config cannot be read') };
  const schedule = client().schedule.getHandle('sync');
  await schedule.trigger();
  await watch.until('schedule/sync', 'wrong');
  await watch.told('schedule/sync');
  expect(watch.chat.delivered.at(-1)?.text).toContain('the config cannot be read');
  watch.steps = steps;
  await eventually('a run has gone well', async () => {
    await schedule.trigger();
    return !(await found()).includes('schedule/sync');
  });
});

test('a workflow whose code fails is wrong', async () => {
  const handle = await client().workflow.start(workflowTypes.syncSource, {
    taskQueue,
    workflowId: syncSourceId('project_b'),
    args: [],
  });
  await watch.until('source/project_b', 'wrong');
  await handle.terminate('away');
  await runSource('project_b');
  await watch.until('source/project_b', 'well');
}, 120_000);

describe('a schedule is wrong', () => {
  test('when it does not exist', async () => {
    await client().schedule.getHandle('sync').delete();
    await watch.until('schedule/sync', 'wrong');
    await applySchedules(client(), usual);
    await watch.until('schedule/sync', 'well');
  });

  test('when it is paused and nobody has signed for it', async () => {
    const schedule = client().schedule.getHandle('sync');
    await schedule.pause('(no reason provided)');
    await watch.until('schedule/sync', 'wrong');
    await schedule.pause('by anna@host, while the host is moved');
    await watch.until('schedule/sync', 'well');
    await schedule.unpause('by anna@host');
  });

  test('when it has started nothing for three intervals', async () => {
    watch.config = { ...usual, schedules: { ...usual.schedules, sync: 100 } };
    await watch.until('schedule/sync', 'wrong');
    watch.config = usual;
    await watch.until('schedule/sync', 'well');
  });
});

test('the books of a source that do not balance are wrong', async () => {
  await watch.warehouse.query(
    `insert into ops.source (source, complete_through) values ('project_a', now());
     insert into ops.position (source, table_name, rows, difference, shape, changed_at)
     values ('project_a', 'events', 10, 3, '{}', now())`,
  );
  await watch.until('row-count/project_a', 'wrong');
  await watch.warehouse.query('update ops.position set difference = 0');
  await watch.until('row-count/project_a', 'well');
});

test('a snapshot whose xmin stands still while others go on is wrong', async () => {
  await watch.warehouse.query(
    `insert into ops.source (source, complete_through, snapshot, snapshot_xmin, snapshot_xmax)
     values ('project_b', now(), '700:900:700', '700', '900')`,
  );
  const batch = (name: string, snapshot: string, ago: string) =>
    watch.warehouse.query(
      `insert into ops.batch (batch, source, snapshot, complete_through)
       values ($1, 'project_b', $2, now() - $3::interval)`,
      [name, snapshot, ago],
    );
  await batch('1', '690:690:', '3 hours');
  await batch('2', '700:700:', '2 hours');
  expect(await found()).not.toContain('long-transaction/project_b');
  await batch('3', '700:900:700', '0 s');
  await watch.until('long-transaction/project_b', 'wrong');
  await watch.warehouse.query(`update ops.source set snapshot_xmin = '900'`);
  await watch.until('long-transaction/project_b', 'well');
});

test('a warehouse that is away is one subject, and not each source', async () => {
  watch.config = { ...usual, warehouse: { url: { value: 'postgres://nobody@127.0.0.1:1/none' } } };
  watch.steps = { ...steps, extract: fails('source "project_a", the warehouse: connect ECONNREFUSED') };
  await runSource('project_a');
  await watch.until('warehouse', 'wrong');
  expect((await found()).filter((subject) => subject.startsWith('source/'))).toEqual([]);
  watch.config = usual;
  watch.steps = steps;
  await runSource('project_a');
  await watch.until('warehouse', 'well');
});

test('a config with a mistake is wrong, is told of by the last one without, and explains the runs that fail of it', async () => {
  watch.mistake = 'tidehouse.yaml:7: alerts.telegram.token: expected where to find it';
  await client().schedule.getHandle('sync').trigger();
  watch.steps = { ...steps, listSources: fails(watch.mistake, failureTypes.badConfig) };
  await watch.until('config', 'wrong');
  await watch.told('config');
  expect(await found()).not.toContain('schedule/sync');
  expect(watch.chat.delivered.at(-1)?.text).toContain('tidehouse.yaml:7: alerts.telegram.token');
  watch.mistake = undefined;
  watch.steps = steps;
  await watch.until('config', 'well');
});

test('a staging disk that is nearly full is wrong', async () => {
  watch.config = { ...usual, alerts: { ...usual.alerts, diskFree: 1 } };
  await watch.until('disk/staging', 'wrong');
  watch.config = usual;
  await watch.until('disk/staging', 'well');
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

  test('a queue that no worker polls is wrong', async () => {
    const other = await openWatch({ queues: [taskQueue] });
    other.config = { ...other.config, weather: watch.config.weather };
    await other.until(`queue/${filesQueue}`, 'wrong');
    await other.close();
    expect(await found()).not.toContain(`queue/${filesQueue}`);
  });

  test('weather that is missing for two hours is wrong, until it is there', async () => {
    const written = () => Promise.resolve({ added: 1 });
    const filled = () =>
      Promise.resolve({ rows: { temperature: 0, wind: 0 }, movedAside: [], stillMissing: 0 });
    watch.steps = {
      ...steps,
      observe: observedAt(Date.now() - 3 * 3_600_000),
      writeWeather: written,
      fillHours: filled,
    };
    await runPlace();
    await watch.until('place/minsk', 'wrong');
    watch.steps = { ...watch.steps, observe: observedAt(Date.now()) };
    await runPlace();
    await watch.until('place/minsk', 'well');
  });

  test('a step that is retried beyond the usual is wrong', async () => {
    let attempts = 0;
    watch.steps = {
      ...steps,
      observe: () => {
        attempts++;
        const nextRetryDelay = attempts < 4 ? '10 ms' : '10 minutes';
        return Promise.reject(ApplicationFailure.create({ message: 'Gone.', nextRetryDelay }));
      },
    };
    const handle = await client().workflow.start(workflowTypes.weatherPlace, {
      taskQueue,
      workflowId: weatherPlaceId('minsk'),
      args: [{ place: 'minsk' }],
    });
    await watch.until('place/minsk', 'wrong');
    const { since } = await watch.told('place/minsk');
    expect(Date.parse(since)).toBeLessThanOrEqual(Date.now());
    await handle.terminate('away');
  });
});
