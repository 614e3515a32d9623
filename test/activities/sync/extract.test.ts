import { MockActivityEnvironment } from '@temporalio/testing';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { migrate } from '../../../activities/sync/warehouse/migrate/migrate.ts';
import { moveIdleSource } from '../../../activities/sync/warehouse/move-position.ts';
import { readPosition } from '../../../activities/sync/warehouse/position.ts';
import type { Progress } from '../../../model/progress.ts';
import { createForeignServer } from '../../support/foreign-server.ts';
import { changes, equal, openHost, shop } from '../../support/host.ts';
import type { Host } from '../../support/host.ts';
import { ownPostgres } from '../../support/own-postgres.ts';
import type { OwnPostgres } from '../../support/own-postgres.ts';
import { openText } from '../../support/star.ts';
import { extractChanges } from '../../support/sync-once.ts';
import { openWire } from '../../support/wire.ts';

let server: OwnPostgres;
let host: Host;
let another: Client;
/** The files that the last extract staged, if it staged a batch. */
let staged: string[] | undefined;
/** What an extract that has staged its batch waits for. */
let goesOn: Promise<unknown> | undefined;

beforeAll(async () => {
  // A separate server: on a shared one, other databases always take transaction ids.
  server = await ownPostgres();
  host = await openHost({
    url: server.url,
    ddl: `create table t (id integer primary key, v text); insert into t select i, 'old' from generate_series(1, 10) i`,
    tables: { t: {} },
    onStaged: async (_client, { id }) => {
      staged = await readdir(join(host.staging, shop, id));
      await goesOn;
    },
  });
  another = await openText(server.url);
  await another.query(`set lock_timeout = '5s'`);
  await host.land();
});
afterAll(async () => {
  await another.end();
  await host.close();
  await server.stop();
});

async function lands(): Promise<{ idle: boolean; changed: Record<string, number> }> {
  const run = await host.land();
  return { idle: run.idle === true, changed: changes(run, 't') };
}

describe('when nothing has happened since the last landing', () => {
  test('nothing is read', async () => {
    staged = undefined;
    expect(await lands()).toEqual({ idle: true, changed: {} });
    expect(staged).toBeUndefined();
  });

  test('its tables are not even looked up', async () => {
    const wire = await openWire(server.url);
    host.url = wire.url;
    /** Whether the next run looks up the tables: then it is cut off there. */
    const looksUp = async () => {
      wire.cutAfter('with recursive locked');
      return host.land().then(
        () => false,
        () => true,
      );
    };
    try {
      await host.app.query(`update t set v = v where id = 1`);
      await host.land();
      expect(await looksUp()).toBe(false);
      host.tables = { t: { deletes: 'keep' } };
      expect(await looksUp()).toBe(true);
      host.tables = { t: {} };
      expect(await looksUp()).toBe(false);
      await host.warehouse.query('update ops.position set whole_due = true');
      expect(await looksUp()).toBe(true);
      await host.warehouse.query('update ops.position set whole_due = false');
      await host.app.query('create role other login superuser');
      host.url = wire.url.replace(new URL(wire.url).username, 'other');
      expect(await looksUp()).toBe(true);
    } finally {
      host.url = server.url;
      await host.app.query('drop role if exists other');
      await host.land();
      await wire.close();
    }
  });

  test('complete_through still moves', async () => {
    const completeThrough = async () =>
      (await host.warehouse.query<{ at: string }>('select complete_through as at from ops.source')).rows[0]!
        .at;
    const before = await completeThrough();
    const run = await host.land();
    expect(run.idle).toBe(true);
    expect((await completeThrough()) > before).toBe(true);
    expect(Date.parse(run.completeThrough)).toBeGreaterThan(Date.parse(before));
  });

  test('the analytics are refreshed only if notes of changes wait', async () => {
    expect((await host.land()).analyticsCurrent).toBe(true);
    // It notes the sessions of all sources.
    await migrate(host.warehouse, 'sessions');
    const run = await host.land();
    expect([run.idle, run.analyticsCurrent]).toEqual([true, undefined]);
    await host.warehouse.query('delete from analytics.changed_session');
    expect((await host.land()).analyticsCurrent).toBe(true);
  });

  test('an attempt that ends after another batch has landed changes nothing', async () => {
    const before = await readPosition(host.warehouse, shop);
    const { snapshot, identity } = before;
    const late = {
      source: shop,
      id: 'late',
      after: before.batchId,
      snapshot: snapshot!,
      identity: identity!,
    };
    await host.land();
    const landed = await readPosition(host.warehouse, shop);
    await expect(moveIdleSource(host.warehouse, late, true)).rejects.toMatchObject({ type: 'PositionMoved' });
    expect(await readPosition(host.warehouse, shop)).toEqual(landed);
  });

  test('the result has every table, the ledger none', async () => {
    const run = await host.land();
    expect(run.tables).toEqual({
      t: { strategy: 'sweep', extracted: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0, rows: 10 },
    });
    const { rows } = await host.warehouse.query(
      'select from ops.batch b join ops.source s on s.batch = b.batch',
    );
    expect(rows).toEqual([]);
  });

  test('reads and a rollback land nothing', async () => {
    await host.app.query('select count(*) from t');
    expect(await lands()).toEqual({ idle: true, changed: {} });
    await host.app.query(`begin; update t set v = 'never' where id = 1; rollback`);
    expect(await lands()).toMatchObject({ changed: {} });
  });
});

describe('a transaction that was open when a run took its snapshot', () => {
  afterEach(async () => {
    await another.query('rollback');
    const { rows } = await another.query<{ gid: string }>('select gid from pg_prepared_xacts');
    for (const { gid } of rows) await another.query(`rollback prepared '${gid}'`);
  });

  const write = `update t set v = v || '!' where id = 3`;

  test.each([
    ['and commits later', [`begin; ${write}`], ['commit']],
    ['in a savepoint', [`begin; savepoint s; ${write}; release s`], ['commit']],
    [
      'with a savepoint after its first write',
      [`begin; update t set v = v || '?' where id = 4; savepoint s; ${write}`],
      ['commit'],
    ],
    ['and prepared', [`begin; ${write}`, `prepare transaction 'later'`], [`commit prepared 'later'`]],
    [
      'in a savepoint, and prepared',
      [`begin; savepoint s; ${write}; release s`, `prepare transaction 'later'`],
      [`commit prepared 'later'`],
    ],
    ['with an id but no rows yet', ['begin; select pg_current_xact_id()'], [write, 'commit']],
  ])('%s is landed by the next run', async (_title, before, after) => {
    for (const othersCommit of [false, true]) {
      for (const statement of before) await another.query(statement);
      if (othersCommit) await host.app.query(`update t set v = v || '.' where id = 9`);
      expect((await lands()).changed['updated']).toBe(othersCommit ? 1 : undefined);
      await lands();
      for (const statement of after) await another.query(statement);
      expect(await lands()).toMatchObject({
        idle: false,
        changed: { updated: expect.any(Number) as number },
      });
      expect(await host.difference('t')).toEqual(equal);
      await lands();
      expect(await lands()).toMatchObject({ idle: true });
    }
  });

  test('and rolls back lands nothing, and the source is idle again afterwards', async () => {
    await another.query(`begin; ${write}`);
    await host.app.query(`update t set v = v || '.' where id = 9`);
    await lands();
    expect(await lands()).toMatchObject({ idle: false, changed: {} });
    await another.query('rollback');
    expect(await lands()).toMatchObject({ changed: {} });
    expect(await lands()).toMatchObject({ idle: true });
  });
});

describe('although nothing has happened at the source, a run is not idle after', () => {
  test('a table was added to the config, and then nothing', async () => {
    // Its leaf has a shortened name.
    const late = 'späte_'.repeat(8);
    await host.app.query(`create table "${late}" (id integer primary key); insert into "${late}" values (1)`);
    await host.land();
    expect(await lands()).toMatchObject({ idle: true });
    host.tables = { t: {}, [late]: {} };
    const run = await host.land();
    expect(run.idle).toBeUndefined();
    expect(changes(run, late)).toEqual({ inserted: 1 });
    expect(await lands()).toMatchObject({ idle: true });
  });

  test('a table was removed from the config', async () => {
    host.tables = { t: {} };
    expect(await lands()).toMatchObject({ idle: false });
    expect(await lands()).toMatchObject({ idle: true });
  });

  test.each(['clean.t', `part."clean.t@${shop}"`])('somebody has dropped %s', async (gone) => {
    await host.warehouse.query(`drop table ${gone}`);
    expect(await lands()).toMatchObject({ idle: false, changed: { inserted: 10 } });
    expect(await host.difference('t')).toEqual(equal);
    expect(await lands()).toMatchObject({ idle: true });
  });

  test('a batch with a difference', async () => {
    await host.warehouse.query('update ops.position set difference = 1, rows = rows - 1');
    expect(await lands()).toMatchObject({ idle: false });
    expect(await lands()).toMatchObject({ idle: false });
    await host.warehouse.query('update ops.position set difference = 0, rows = rows + 1');
    expect(await lands()).toMatchObject({ idle: true });
  });

  test('a row of another server that a foreign table shows has changed', async () => {
    await host.warehouse.query('create table public.near (id int); insert into public.near values (1)');
    await createForeignServer(host.app, host.warehouseUrl);
    await host.app.query(`create foreign table far (id int) server elsewhere options (table_name 'near')`);
    host.tables = { t: {}, far: {} };
    await host.land();
    await host.warehouse.query('insert into public.near values (2)');
    expect(changes(await host.land(), 'far')).toEqual({ inserted: 1, unchanged: 1 });
    host.tables = { t: {} };
    await host.land();
  });

  test('a change of the timeline', async () => {
    await host.warehouse.query(`update ops.source set timeline = '000000FF'`);
    expect(await lands()).toMatchObject({ idle: false, changed: { unchanged: 10 } });
  });
});

test('the heartbeats of a source that is read whole say its rows, and of how many by the statistics', async () => {
  await host.app.query('analyze t');
  await host.warehouse.query(`update ops.source set timeline = '000000FF'`);
  const environment = new MockActivityEnvironment();
  goesOn = new Promise((resolve) =>
    environment.on('heartbeat', (progress: Progress) => {
      if (progress.rows !== undefined) resolve(progress);
    }),
  );
  await environment.run(host.activities.extract, { source: shop, batchId: 'beating', keysOf: [] });
  expect(await goesOn).toEqual({ table: 't', rows: 10, of: 10, estimated: true });
});

test('the heartbeats of loading and of upserting say how many rows have passed, and of how many', async () => {
  goesOn = undefined;
  await host.warehouse.query(`update ops.source set timeline = '000000FF'`);
  await host.warehouse.query(`create function raw.wait() returns trigger language plpgsql
    as 'begin lock table ops.batch in row exclusive mode; return new; end'`);
  await host.warehouse.query(
    'create trigger waits before insert on raw.t for each row execute function raw.wait()',
  );
  const batch = await extractChanges(host.activities, shop);
  const beats: Progress[] = [];
  for (const activity of [host.activities.loadRaw, host.activities.upsert]) {
    await host.warehouse.query('begin; lock table ops.batch in exclusive mode');
    const environment = new MockActivityEnvironment();
    environment.on('heartbeat', (progress: Progress) => {
      if (progress.rows === undefined) return;
      beats.push(progress);
      void host.warehouse.query('commit');
    });
    await environment.run(activity, batch);
  }
  const all = { table: 't', rows: 10, of: 10 };
  expect(beats).toEqual([all, all]);
});

test('changes land although the network brings how many the source has sent later than the rows', async () => {
  const wire = await openWire(server.url);
  wire.delayCountOfCopy();
  host.url = wire.url;
  try {
    await host.app.query(`update t set v = 'counted late' where id = 2`);
    expect(changes(await host.land(), 't')).toEqual({ updated: 1 });
    expect(await host.difference('t')).toEqual(equal);
  } finally {
    host.url = server.url;
    await wire.close();
  }
});
