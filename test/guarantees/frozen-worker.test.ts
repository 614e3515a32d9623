import type { Client } from 'pg';
import { eventually } from '../support/eventually.ts';
import { openStar, openText } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { startActivity } from '../support/start-activity.ts';
import type { ActivityProcess } from '../support/start-activity.ts';
import { extractChanges, newBatch, runActivity, syncOnce } from '../support/sync-once.ts';

/** A COPY of this many rows (some 100 MB) cannot end before its process is frozen, however much the sockets buffer. */
const many = 3_000;
const few = 10;
const tables = { wide: {} };
const timeouts = { tcpUserMs: 2_000, idleInTransactionMs: 2_000 };
/** The sum of the timeouts, with a margin for a busy machine. */
const boundMs = 20_000;

interface Backend {
  readonly pid: string;
  readonly state: string;
  readonly waits: string | null;
  readonly query: string;
}

describe('a worker frozen', () => {
  let star: Star;
  /** Observes the source and the warehouse, which are databases on one server. */
  let observer: Client;
  let activity: ActivityProcess;

  beforeEach(async () => {
    star = await openStar({ tables });
    observer = await openText(star.warehouseUrl);
    await star.host.query('create table wide (id integer primary key, body text not null)');
  });
  afterEach(async () => {
    await activity.kill();
    await observer.end();
    await star.close();
  });

  const fill = (rows: number) =>
    star.host.query(
      `insert into wide select i, repeat(md5(i::text), 1000) from generate_series(1, ${rows}) i`,
    );
  const extracted = () => extractChanges(star.activities, 'project_a');

  /** The sessions of activities in the database of `url`. */
  async function backendsOn(url: string): Promise<Backend[]> {
    const found = await observer.query<Backend>(
      `select pid, state, wait_event as waits, query from pg_stat_activity
       where application_name = 'tidehouse' and datname = $1`,
      [new URL(url).pathname.slice(1)],
    );
    return found.rows;
  }
  const seen = (what: string, url: string, is: (backend: Backend) => boolean) =>
    eventually(what, async () => (await backendsOn(url)).find(is), boundMs);
  const gone = (url: string) =>
    eventually('the connection was ended', async () => (await backendsOn(url)).length === 0, boundMs);

  /** Takes the source's fence like an activity; throws when it is held for longer than `forMs`. */
  async function takeFence(forMs: number): Promise<void> {
    await observer.query(`begin; set local lock_timeout = ${forMs}`);
    try {
      await observer.query('insert into ops.source (source) values ($1) on conflict do nothing', [
        'project_a',
      ]);
      await observer.query('select from ops.source where source = $1 for update', ['project_a']);
    } finally {
      await observer.query('rollback');
    }
  }

  /** Takes the lock of a refresh, in the same way. */
  async function takeRefresh(forMs: number): Promise<void> {
    await observer.query(`begin; set local lock_timeout = ${forMs}`);
    try {
      await observer.query(
        `select pg_advisory_xact_lock(hashtext('tidehouse.refresh'), hashtext('project_a'))`,
      );
    } finally {
      await observer.query('rollback');
    }
  }

  async function expectLanded(rows: number): Promise<void> {
    const { rows: counts } = await star.warehouse.query<{ rows: string }>(
      `select count(*) as rows from clean.wide where project = 'project_a'`,
    );
    expect(counts).toEqual([{ rows: String(rows) }]);
  }

  test('in the middle of a copy out of the source loses its snapshot in time', async () => {
    const url = star.hosts['project_a']!;
    await fill(many);
    activity = startActivity(
      star,
      tables,
      'extract',
      { source: 'project_a', batchId: newBatch(), keysOf: [] },
      { timeouts },
    );
    await seen('it copies', url, ({ query }) => query.startsWith('copy'));
    activity.freeze();
    await seen(
      'the source waits for it',
      url,
      ({ waits, query }) => query.startsWith('copy') && waits === 'ClientWrite',
    );
    await gone(url);

    activity.thaw();
    expect(await activity.ended).toHaveProperty('error');
    await syncOnce(star.activities, 'project_a');
    await expectLanded(many);
  });

  test('between two statements at the source loses its snapshot in time', async () => {
    const url = star.hosts['project_a']!;
    await fill(few);
    activity = startActivity(
      star,
      tables,
      'extract',
      { source: 'project_a', batchId: newBatch(), keysOf: [] },
      { timeouts, pauseWhenStaged: true },
    );
    await activity.staged;
    activity.freeze();
    expect(await backendsOn(url)).toMatchObject([{ state: 'idle in transaction' }]);
    await gone(url);
  });

  test('in the middle of a copy into raw does not hold the fence, and the next attempt ends its connection', async () => {
    await fill(many);
    const batch = await extracted();
    activity = startActivity(star, tables, 'loadRaw', batch, { timeouts });
    await seen('it copies', star.warehouseUrl, ({ query }) => query.startsWith('copy'));
    activity.freeze();
    const frozen = await seen(
      'the warehouse waits for it',
      star.warehouseUrl,
      ({ waits, query }) => query.startsWith('copy') && waits === 'ClientRead',
    );
    await takeFence(1_000);

    await runActivity(star.activities.loadRaw, batch);
    await eventually('the frozen connection was ended', async () =>
      (await backendsOn(star.warehouseUrl)).every(({ pid }) => pid !== frozen.pid),
    );
    await runActivity(star.activities.upsert, batch);
    activity.thaw();
    expect(await activity.ended).toHaveProperty('error');
    await expectLanded(many);
  });

  test('behind the fence while loading raw loses the fence in time', async () => {
    await fill(few);
    const older = await extracted();
    await runActivity(star.activities.loadRaw, older);
    await runActivity(star.activities.upsert, older);
    await star.host.query(`update wide set body = 'changed'`);
    const batch = await extracted();
    await stallAndFreeze('loadRaw', batch, takeFence, `select from raw.wide for update`);
    await runActivity(star.activities.loadRaw, batch);
    await runActivity(star.activities.upsert, batch);
    await expectLanded(few);
  });

  test('in the middle of a landing loses the fence in time', async () => {
    await fill(few);
    const batch = await extracted();
    await runActivity(star.activities.loadRaw, batch);
    await stallAndFreeze('upsert', batch, takeFence, `lock table clean.wide in share mode`);
    await runActivity(star.activities.upsert, batch);
    await expectLanded(few);
  });

  test('in the middle of a refresh does not block other refreshes for long', async () => {
    await star.warehouse.query(`insert into analytics.changed_session values ('project_a', '{1}', '{1}')`);
    const lock = 'lock table analytics.session_metrics in share mode';
    await stallAndFreeze('refreshViews', { source: 'project_a' }, takeRefresh, lock);
    await runActivity(star.activities.refreshViews, { source: 'project_b' });
    expect((await star.warehouse.query('select from analytics.changed_session')).rowCount).toBe(0);
  });

  /** Freezes an activity that waits for `lock` while it holds the lock that `take` takes; checks that this is free in time. */
  async function stallAndFreeze(
    name: 'loadRaw' | 'upsert' | 'refreshViews',
    input: unknown,
    take: (forMs: number) => Promise<void>,
    lock: string,
  ): Promise<void> {
    await star.warehouse.query('begin');
    await star.warehouse.query(lock);
    activity = startActivity(star, tables, name, input, { timeouts });
    await seen('it waits for the lock', star.warehouseUrl, ({ waits }) =>
      ['relation', 'transactionid', 'tuple'].includes(waits ?? ''),
    );
    await expect(take(200)).rejects.toThrow('lock timeout');
    activity.freeze();
    await star.warehouse.query('rollback');
    await take(boundMs);
    await gone(star.warehouseUrl);
    activity.thaw();
    expect(await activity.ended).toHaveProperty('error');
  }
});
