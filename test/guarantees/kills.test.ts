import { join } from 'node:path';
import type { Client } from 'pg';
import { migrate } from '../../activities/sync/warehouse/migrate/migrate.ts';
import { initPostgres } from '../../local/postgres/cluster.ts';
import { poll } from '../../local/process/poll.ts';
import { startPostgres } from '../../local/postgres/server.ts';
import type { PostgresServer } from '../../local/postgres/server.ts';
import { below, seededRandom } from '../../local/demo/random.ts';
import { taskQueue, workflowTypes } from '../../model/names.ts';
import type { SyncInput } from '../../model/runs.ts';
import type { sync } from '../../workflows/index.ts';
import { busyApplication } from '../support/busy-application.ts';
import { analyticsDifference, unreconciledTables, dataDifference } from '../support/equal-data.ts';
import { eventually } from '../support/eventually.ts';
import { migrateFlat } from '../support/flat-warehouse.ts';
import { attempts, historyOf } from '../support/history.ts';
import { relationOf, shapes } from '../support/shape.ts';
import type { Shape } from '../support/shape.ts';
import { openStar, openText } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { workerFiles } from '../support/worker-files.ts';
import { startWorkerProcess } from '../support/worker-process.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

/** Each takes up to a quarter of a minute, until Temporal times out the killed worker's activity. */
const kills = Number(process.env['TIDEHOUSE_KILLS'] ?? 2);
const seed = Number(process.env['TIDEHOUSE_KILLS_SEED'] ?? Date.now() % 1e6);
const names = ['project_a', 'project_b'];

const rawEvents = { schema: 'raw', name: 'events' } as const;

/** The statements at which a worker is killed, as its servers show them. */
const momentsIn = (shape: Shape): (readonly ['hosts' | 'warehouse', string])[] => [
  ['hosts', 'lock table'],
  ['hosts', 'copy (select'],
  ['hosts', 'select count(*)'],
  ['warehouse', `copy ${relationOf(shape, rawEvents, names[0]!)}`],
  ['warehouse', `delete from ${relationOf(shape, rawEvents, names[0]!)}`],
  ['warehouse', 'with landed as'],
  ['warehouse', 'insert into ops.position'],
  ['warehouse', 'commit'],
  ['warehouse', 'with keys as materialized'],
];

describe.each(shapes)(
  `a sync of busy sources into %s whose worker is killed ${kills} times and whose warehouse is killed once`,
  (shape) => {
    const moments = momentsIn(shape);
    let star: Star;
    let temporal: TestTemporal;
    let server: PostgresServer;
    let folder: string;
    let files: Awaited<ReturnType<typeof workerFiles>>;
    let worker: WorkerProcess;
    const password = 'test';

    beforeAll(async () => {
      star = await openStar({ hosts: names });
      for (const name of names) await fill(star.hosts[name]!);
      folder = await temporaryFolder('kills');
      await initPostgres(join(folder, 'warehouse'), { password });
      server = await startPostgres({ folder: join(folder, 'warehouse'), password });
      const warehouse = await openText(server.url('postgres'));
      await (shape === 'leaves' ? migrate(warehouse, 'sessions') : migrateFlat(warehouse));
      await warehouse.end();
      temporal = await openTemporal();
      files = await workerFiles({ ...star, warehouseUrl: server.url('postgres') }, temporal);
    }, 400_000);
    afterAll(async () => {
      await worker.kill();
      await temporal.close();
      await server.stop();
      await star.close();
    });

    let serial = 0;
    const startSync = (input: SyncInput) =>
      temporal.client.workflow.start<typeof sync>(workflowTypes.sync, {
        taskQueue,
        workflowId: `sync/${++serial}`,
        args: [input],
      });
    const startWorker = () => startWorkerProcess(files);

    test(
      'ends with equal data, equal analytics and row counts that reconcile',
      async () => {
        const random = seededRandom(seed);
        const applications = names.map((name, at) =>
          busyApplication(star.hosts[name]!, { writers: 4, seed: seed * 10 + at }),
        );
        const over = new AbortController();
        const outcomes: Record<string, number> = {};
        const syncing = (async () => {
          while (!over.signal.aborted) {
            const run = await startSync({ waitMinutes: 2 / 60 });
            const outcome = await run.result().then(
              ({ sources }) =>
                Object.values(sources)
                  .map(({ status }) => status)
                  .join(),
              () => 'failed',
            );
            outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
          }
        })();
        const seenAt: string[] = [];
        try {
          worker = startWorker();
          for (let n = 1; n <= kills; n++) {
            await newLandings(server.url('postgres'));
            const [where, text] = moments[below(moments.length, random)]!;
            const seen = await seenDoing(
              where === 'hosts' ? star.hosts[names[0]!]! : server.url('postgres'),
              text,
            );
            seenAt.push(seen ? text : 'anything');
            await worker.kill();
            worker = startWorker();
            if (n !== Math.ceil(kills / 2)) continue;
            await server.kill();
            server = await startPostgres({ folder: join(folder, 'warehouse'), password, port: server.port });
          }
          await newLandings(server.url('postgres'));
        } finally {
          over.abort();
          await Promise.all(applications.map((application) => application.stop()));
        }
        await syncing;

        const last = await (await startSync({ waitMinutes: 2, afterRunning: true })).result();
        for (const name of names) expect(last.sources[name]).toMatchObject({ status: 'landed' });
        const warehouse = await openText(server.url('postgres'));
        for (const name of names)
          expect(await dataDifference(star.hosts[name]!, warehouse, name)).toEqual({});
        expect(await analyticsDifference(warehouse)).toEqual([]);
        expect(await unreconciledTables(warehouse)).toEqual([]);
        await warehouse.end();
        const repeated = await retriedActivities(temporal);
        console.info(JSON.stringify({ seed, seenAt, outcomes, repeated }));
        expect(repeated).toBeGreaterThan(0);
      },
      (kills * 60 + 120) * 1_000,
    );
  },
);

/** Writes enough rows for each activity to take a moment. */
async function fill(url: string): Promise<void> {
  const app = await openText(url);
  await app.query(`
    insert into pages select i, 'page ' || i, now() from generate_series(1, 20) i;
    insert into user_sessions (user_id, id, page_name, last_activity_at, created_at, updated_at)
    select i % 40, -i, 'page', t + interval '5 minutes', t, now()
    from generate_series(1, 5000) i, lateral (select now() - i * interval '10 minutes' as t) s;
    insert into events (user_id, id, event_name, page_id, created_at)
    select i % 40, -i, 'open', 1, now() - i * interval '2 minutes' from generate_series(1, 20000) i;
    insert into transactions (id, user_id, created_at, amount, currency, success)
    select -i, i % 40, now() - i * interval '10 minutes' + interval '1 minute', i, 'USD', true from generate_series(1, 5000) i`);
  await app.end();
}

/** Waits until another batch of each source has landed. */
async function newLandings(warehouseUrl: string): Promise<void> {
  const warehouse = await openText(warehouseUrl);
  try {
    const batches = async () => {
      const { rows } = await warehouse.query<{ batch: string }>(
        'select batch from ops.source where batch is not null',
      );
      return rows.map(({ batch }) => batch);
    };
    const before = await batches();
    await eventually(
      'another batch of each source has landed',
      async () => (await batches()).filter((batch) => !before.includes(batch)).length === names.length,
      90_000,
    );
  } finally {
    await warehouse.end();
  }
}

/** Waits until a worker runs a statement that begins with `text`; false when none does for ten seconds. */
async function seenDoing(url: string, text: string): Promise<boolean> {
  const observer = await openText(url);
  try {
    return (await poll(() => isDoing(observer, text), 10_000, 1)) ?? false;
  } finally {
    await observer.end();
  }
}

async function isDoing(observer: Client, text: string): Promise<boolean> {
  const { rowCount } = await observer.query(
    `select from pg_stat_activity where application_name = 'tidehouse' and datname = current_database() and starts_with(query, $1)`,
    [text],
  );
  return rowCount! > 0;
}

/** The number of activities with more than one attempt. */
async function retriedActivities({ client }: TestTemporal): Promise<number> {
  let repeated = 0;
  for await (const { workflowId, runId } of client.workflow.list())
    repeated += attempts(await historyOf(client, workflowId, runId)).filter((attempt) => attempt > 1).length;
  return repeated;
}
