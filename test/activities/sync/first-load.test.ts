import { MockActivityEnvironment } from '@temporalio/testing';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Landed } from '../../../model/batch.ts';
import { failureTypes } from '../../../model/failure.ts';
import { failureOf } from '../../support/failure-of.ts';
import { changes, equal, openHost, shop } from '../../support/host.ts';
import type { Host } from '../../support/host.ts';
import { newBatch, runActivity } from '../../support/sync-once.ts';
import { openWire } from '../../support/wire.ts';
import type { Wire } from '../../support/wire.ts';

let host: Host;
/** The network between the activities and the source. */
let wire: Wire;
let sourceUrl: string;

beforeEach(async () => {
  host = await openHost({
    ddl: `create table cities (id int primary key, name text);
          insert into cities select i, 'city ' || i from generate_series(1, 500) i;
          create table logs (line text);
          insert into logs select 'line ' || i % 7 from generate_series(1, 500) i;
          create table orders (id bigint, day date, total numeric, primary key (id, day)) partition by range (day);
          create table orders_2026 partition of orders for values from ('2026-01-01') to ('2027-01-01');
          insert into orders select i, '2026-01-01', i * 1.10 from generate_series(1, 500) i;
          create table people (id int, email text);
          insert into people select i, i || '@example.com' from generate_series(1, 500) i`,
    tables: {
      cities: {},
      logs: { strategy: 'copy' },
      orders: {},
      people: { key: ['id'], mask: { email: 'sha256' } },
    },
    firstLoadFromBytes: 0,
  });
  sourceUrl = host.url;
  wire = await openWire(sourceUrl);
  host.url = wire.url;
});
afterEach(async () => {
  await wire.close();
  await host.close();
});

const firstLoad = (batchId = newBatch()) =>
  runActivity(host.activities.firstLoad, { source: shop, batchId, keysOf: [] });

async function count(schema: string): Promise<string[]> {
  const counts: string[] = [];
  for (const table of Object.keys(host.tables)) {
    const { rows } = await host.warehouse.query<{ count: string }>(
      `select count(*) from ${schema}.${table} where project = $1`,
      [shop],
    );
    counts.push(rows[0]!.count);
  }
  return counts;
}

async function expectAllEqual(): Promise<void> {
  expect(await host.difference('cities')).toEqual(equal);
  expect(await host.difference('logs')).toEqual(equal);
  expect(await host.difference('orders')).toEqual(equal);
  expect(await host.difference('people', ['id'])).toEqual(equal);
}

/** Ends all other connections to the server of one side, and lets go what the wire holds. */
async function breakConnections(side: string): Promise<void> {
  const server = side === 'the source' ? host.app : host.warehouse;
  await server.query(
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  );
  wire.release();
}

const all = ['500', '500', '500', '500'];
const none = ['0', '0', '0', '0'];

test('all tables land as the source has them, without a staged file and without a row in raw', async () => {
  const run = await host.land();
  expect(run.batches).toEqual([]);
  expect(changes(run, 'orders')).toEqual({ inserted: 500 });
  expect(await readdir(host.staging)).toEqual([]);
  expect(await count('raw')).toEqual(none);
  await expectAllEqual();
  const { rows } = await host.warehouse.query<{ email: string }>('select email from clean.people limit 1');
  expect(rows[0]!.email).toMatch(/^[0-9a-f]{64}$/);
});

test('the index of a key has the columns of the key in their order, but those that another index finds last', async () => {
  const keyIndex = async (table: string) => {
    const { rows } = await host.warehouse.query<{ definition: string }>(
      `select pg_get_indexdef(indexrelid) as definition from pg_index where indrelid = $1::regclass and indisunique`,
      [`part."clean.${table}@${shop}"`],
    );
    return rows.map(({ definition }) => definition.replace(/.*btree /, ''));
  };
  await host.land();
  expect(await keyIndex('orders')).toEqual(['(id, day)']);
  await host.warehouse.query('create index on clean.orders (id)');
  await host.app.query(
    `alter table orders drop constraint orders_pkey; alter table orders add primary key (day, id, total)`,
  );
  await host.land();
  expect(await keyIndex('orders')).toEqual(['(day, total, id)']);
  await expectAllEqual();
});

test('a source whose tables are flat, with those of others, is copied too', async () => {
  const flat = await openHost({
    ddl: `create table cities (id int primary key, name text); insert into cities select i, 'city ' || i from generate_series(1, 500) i`,
    tables: { cities: {} },
    flat: true,
    firstLoadFromBytes: 0,
  });
  try {
    const run = await flat.land();
    expect([run.batches, changes(run, 'cities')]).toEqual([[], { inserted: 500 }]);
    await flat.app.query(`update cities set name = 'moved' where id = 1; delete from cities where id = 2`);
    expect(changes(await flat.land(), 'cities')).toEqual({ updated: 1, deleted: 1 });
    expect(await flat.difference('cities')).toEqual(equal);
  } finally {
    await flat.close();
  }
});

test('reading the changes of other tables may take longer than one statement', async () => {
  const view = (name: string) => `create view ${name} as select pg_sleep(1.1)::text as slept`;
  const slow = await openHost({
    ddl: `${view('slow')}; ${view('slower')}; create table cities (id int primary key); insert into cities values (1)`,
    tables: { slow: { strategy: 'copy' }, slower: { strategy: 'copy' } },
    timeouts: { statementMs: 2_000 },
    firstLoadFromBytes: 0,
  });
  try {
    await slow.land();
    slow.tables = { ...slow.tables, cities: {} };
    const run = await slow.land();
    expect([run.batches, changes(run, 'cities')]).toEqual([[], { inserted: 1 }]);
  } finally {
    await slow.close();
  }
});

test('what follows it lands as usual, by key, although the network brings row counts later than the rows', async () => {
  wire.delayCountOfCopy();
  expect((await host.land()).batches).toEqual([]);
  await host.app.query(
    `update cities set name = 'moved' where id = 1; delete from orders where id = 2; insert into logs values ('new')`,
  );
  const run = await host.land();
  expect(changes(run, 'cities')).toEqual({ updated: 1 });
  expect(changes(run, 'orders')).toEqual({ deleted: 1 });
  expect(changes(run, 'logs')).toMatchObject({ inserted: 1, unchanged: 500 });
  await expectAllEqual();
});

test('an attempt that was cut off after its commit returns what has landed', async () => {
  const batchId = newBatch();
  const landed = await firstLoad(batchId);
  expect(landed).toMatchObject({ status: 'landed', tables: { cities: { inserted: 500, rows: 500 } } });
  const { completeThrough, tables } = landed as Landed;
  expect(await firstLoad(batchId)).toMatchObject({ status: 'landed', completeThrough, tables });
  expect(await firstLoad()).toEqual({
    status: 'not copied',
    reason: 'its tables have landed in the meantime',
  });
});

test('rows that the warehouse refuses go to quarantine, their values to no history, and everything else lands', async () => {
  wire.cutAfter('copy (select');
  await failureOf(host.activities.firstLoad, { source: shop, batchId: newBatch(), keysOf: [] });
  await host.warehouse.query('alter table clean.orders add constraint small check (total < 500)');
  const refused = await firstLoad();
  expect(refused).toMatchObject({
    status: 'not copied',
    reason: expect.stringContaining('"small"') as string,
  });
  expect(JSON.stringify(refused)).not.toContain('500.50');
  expect(await count('clean')).toEqual(none);

  const run = await host.land();
  expect(run.tables).toMatchObject({ orders: { inserted: 454 }, cities: { inserted: 500 } });
  const { rows } = await host.warehouse.query('select count(*) from ops.quarantine');
  expect(rows).toEqual([{ count: '46' }]);
});

test('rows that a trigger of an analyst leaves out in the warehouse are missing as in any other landing', async () => {
  wire.cutAfter('copy (select');
  await failureOf(host.activities.firstLoad, { source: shop, batchId: newBatch(), keysOf: [] });
  await host.warehouse.query(`
    create function leave_out() returns trigger language plpgsql as
      'begin if new.id = 3 then return null; end if; return new; end';
    create trigger leave_out before insert on clean.cities for each row execute function leave_out()`);
  const reason = '500 rows were sent, but 499 were taken';
  expect(await firstLoad()).toEqual({ status: 'not copied', reason });
  expect((await host.land()).tables).toMatchObject({ cities: { rows: 499 }, logs: { rows: 500 } });
});

test('a table that cannot be read is held back, and the others land', async () => {
  await host.app.query(`insert into people values (1, 'again')`);
  expect(await host.land()).toMatchObject({
    heldBack: [{ table: 'people', problem: 'the configured key (id) is not unique' }],
    tables: { cities: { rows: 500 }, logs: { rows: 500 }, orders: { rows: 500 } },
  });
});

test('rows that a change of their table made incomplete are read again, and land once', async () => {
  await host.app.query(`
    create table orders_2027 (like orders including all);
    insert into orders_2027 select i, '2027-01-01', i from generate_series(1, 500) i`);
  const held = wire.holdAt('copy (select', 4);
  const landing = host.land();
  await held;
  await host.app.query(
    `alter table orders attach partition orders_2027 for values from ('2027-01-01') to ('2028-01-01')`,
  );
  wire.release();
  expect(changes(await landing, 'orders')).toEqual({ inserted: 1000 });
  await expectAllEqual();
});

describe('when it is interrupted between two tables, nothing has landed, and the next attempt lands all', () => {
  test.each(['the source', 'the warehouse'])('by a broken connection to %s', async (side) => {
    const held = wire.holdAt('copy (select', 3);
    const broken = failureOf(host.activities.firstLoad, { source: shop, batchId: newBatch(), keysOf: [] });
    await held;
    await breakConnections(side);
    expect(await broken).toMatchObject({ type: failureTypes.unavailable, nonRetryable: false });
    expect(await count('clean')).toEqual(none);
    expect(await firstLoad()).toMatchObject({ status: 'landed' });
    expect(await count('clean')).toEqual(all);
  });

  test('by another attempt, while it is frozen', async () => {
    const held = wire.holdAt('copy (select', 3);
    const frozen = failureOf(host.activities.firstLoad, { source: shop, batchId: newBatch(), keysOf: [] });
    await held;
    host.url = sourceUrl;
    expect(await firstLoad()).toMatchObject({ status: 'landed' });
    wire.release();
    expect(await frozen).toMatchObject({ type: failureTypes.unavailable });
    await expectAllEqual();
  });
});

test('it can be cancelled, and leaves nothing', async () => {
  const environment = new MockActivityEnvironment();
  const held = wire.holdAt('copy (select', 2);
  const cancelled = environment
    .run(host.activities.firstLoad, { source: shop, batchId: newBatch(), keysOf: [] })
    .then(
      () => 'landed',
      (error: unknown) => (error as Error).name,
    );
  await held;
  environment.cancel();
  expect(await cancelled).toMatch(/Cancel|Abort/);
  wire.release();
  expect(await count('clean')).toEqual(none);
});

describe('tables that are added to a source that has landed are copied too', () => {
  beforeEach(async () => {
    const { cities, logs } = host.tables;
    const later = host.tables;
    host.tables = { cities: cities!, logs: logs! };
    await host.land();
    host.tables = later;
  });

  const rawRows = async (table: string) =>
    (await host.warehouse.query(`select from raw.${table} where project = $1`, [shop])).rowCount;

  test('and the changes of the others land with them, under one snapshot', async () => {
    await host.app.query(`update cities set name = 'moved' where id <= 2; insert into logs values ('new')`);
    const held = wire.holdAt('copy (select', 3);
    const landing = host.land();
    await held;
    await host.app.query(
      `update cities set name = 'moved later' where id = 3; delete from orders where id = 4`,
    );
    wire.release();
    const run = await landing;
    expect(run.batches).toEqual([]);
    expect(changes(run, 'cities')).toEqual({ updated: 2 });
    expect(changes(run, 'logs')).toEqual({ inserted: 1, unchanged: 500 });
    expect([changes(run, 'orders'), changes(run, 'people')]).toEqual([{ inserted: 500 }, { inserted: 500 }]);
    expect([await rawRows('orders'), await rawRows('people'), await rawRows('cities')]).toEqual([0, 0, 2]);
    expect(await readdir(join(host.staging, shop))).toEqual([]);

    const next = await host.land();
    expect([changes(next, 'cities'), changes(next, 'orders')]).toEqual([{ updated: 1 }, { deleted: 1 }]);
    await expectAllEqual();
  });

  test('and meanwhile everybody may read what the others had in raw, however much', async () => {
    const { cities, logs, ...added } = host.tables;
    host.tables = { cities: cities!, logs: logs! };
    await host.app.query(
      `insert into cities select i, repeat('long ', 20) from generate_series(1000, 70000) i`,
    );
    await host.land();
    host.tables = { ...host.tables, ...added };
    await host.app.query(`update cities set name = 'moved' where id = 1`);
    const held = wire.holdAt('copy (select', 3);
    const landing = host.land();
    await held;
    await host.warehouse.query(`set lock_timeout = '2s'`);
    expect(await rawRows('cities')).toBe(69_001);
    wire.release();
    await landing;
    expect(await rawRows('cities')).toBe(1);
    await expectAllEqual();
  });

  test('and not before the row counts of the others reconcile', async () => {
    await host.app.query('delete from cities where id = 7');
    const copied = firstLoad();
    expect(await copied).toEqual({ status: 'unreconciled', tables: ['cities'] });
    const run = await host.land();
    expect([run.batches, changes(run, 'cities'), changes(run, 'orders')]).toEqual([
      [],
      { deleted: 1 },
      { inserted: 500 },
    ]);
    await expectAllEqual();
  });

  test('together with one that could not be read a moment before, whose position is not forgotten', async () => {
    await host.app.query('drop table cities');
    const held = wire.holdAt('begin read only', 2);
    const early = failureOf(host.activities.firstLoad, { source: shop, batchId: newBatch(), keysOf: [] });
    await held;
    await host.app.query(
      `create table cities (id int primary key, name text); insert into cities values (1, 'rebuilt')`,
    );
    wire.release();
    expect(await early).toMatchObject({ type: failureTypes.unavailable, nonRetryable: false });
    const { rows } = await host.warehouse.query(`select rows from ops.position where table_name = 'cities'`);
    expect(rows).toEqual([{ rows: '500' }]);
    const run = await host.land();
    expect([run.batches, changes(run, 'cities')]).toEqual([[], { updated: 1, deleted: 499 }]);
    await expectAllEqual();
  });

  test('and a connection to the warehouse that breaks meanwhile is not reported as one to the source', async () => {
    const held = wire.holdAt('begin read only', 2);
    const broken = failureOf(host.activities.firstLoad, { source: shop, batchId: newBatch(), keysOf: [] });
    await held;
    await breakConnections('the warehouse');
    expect((await broken).message).toMatch(/^source "shop", the warehouse: terminating connection/);
  });

  test('unless their leaves hold rows of a time before', async () => {
    await host.land();
    const { orders, ...others } = host.tables;
    host.tables = others;
    await host.app.query(`update cities set name = 'moved' where id = 1`);
    await host.land();
    host.tables = { ...others, orders: orders! };
    await host.app.query('delete from orders where id = 1');
    expect(await firstLoad()).toEqual({
      status: 'not copied',
      reason: 'its tables in the warehouse hold rows already',
    });
    const run = await host.land();
    expect([run.batches.length, changes(run, 'orders')]).toEqual([1, { deleted: 1, unchanged: 499 }]);
    await expectAllEqual();
  });

  test('and a row of the others that the warehouse refuses goes to quarantine', async () => {
    await host.warehouse.query(`alter table clean.cities add constraint short check (length(name) < 20)`);
    await host.app.query(`update cities set name = repeat('long ', 9) where id = 1`);
    const run = await host.land();
    expect([run.batches.length, changes(run, 'orders')]).toEqual([1, { inserted: 500 }]);
    const { rows } = await host.warehouse.query('select table_name from ops.quarantine');
    expect(rows).toEqual([{ table_name: 'cities' }]);
  });

  test.each(['the source', 'the warehouse'])(
    'and an attempt whose connection to %s breaks has landed nothing of either',
    async (side) => {
      await host.app.query(`update cities set name = 'moved' where id = 1`);
      const held = wire.holdAt('copy (select', 3);
      const broken = failureOf(host.activities.firstLoad, { source: shop, batchId: newBatch(), keysOf: [] });
      await held;
      await breakConnections(side);
      expect(await broken).toMatchObject({ type: failureTypes.unavailable, nonRetryable: false });
      const { rows } = await host.warehouse.query(`select from clean.cities where name = 'moved'`);
      expect([rows, await rawRows('cities')]).toEqual([[], 0]);
      expect(await firstLoad()).toMatchObject({ status: 'landed', tables: { cities: { updated: 1 } } });
      await expectAllEqual();
    },
  );
});
