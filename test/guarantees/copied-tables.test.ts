import { createForeignServer } from '../support/foreign-server.ts';
import { changes, openHost, shop } from '../support/host.ts';
import type { Host } from '../support/host.ts';
import { rowsOf } from '../support/same-rows.ts';

let host: Host;

afterEach(() => host.close());

async function open(ddl: string, given: { flat?: boolean } = {}): Promise<void> {
  host = await openHost({ ddl, ...given });
}

/** Makes the tables the only ones in the config. */
function choose(...tables: string[]): void {
  host.tables = Object.fromEntries(tables.map((table) => [table, {}]));
}

/** Checks that clean has the same rows as the source, each as often. */
async function expectEqual(table: string, columns: readonly string[]): Promise<void> {
  const sorted = async (rows: Promise<string[]>) => (await rows).sort();
  expect(await sorted(rowsOf(host.warehouse, 'clean', table, columns, shop))).toEqual(
    await sorted(rowsOf(host.app, 'public', table, columns)),
  );
}

/** Which physical rows clean has: others when any was written again. */
async function written(table: string): Promise<string[]> {
  const { rows } = await host.warehouse.query<{ row: string }>(
    `select row(ctid, xmin, batch)::text as row from clean.${table} order by 1`,
  );
  return rows.map(({ row }) => row);
}

/** Tables without a key, in all the ways in which a table can have none. */
const keyless: Readonly<Record<string, string>> = {
  bare: 'create table bare (v text, j json)',
  nullable: 'create table nullable (v text unique, j json)',
  partial: `create table partial (v text, j json); create unique index on partial (v) where v > 'x'`,
  expression: 'create table expression (v text, j json); create unique index on expression (lower(v))',
  parted: `create table parted (v text, j json) partition by hash (v);
    create table parted_0 partition of parted for values with (modulus 2, remainder 0);
    create table parted_1 partition of parted for values with (modulus 2, remainder 1)`,
};

test('a table without a key is copied, and only when it has changed', async () => {
  const tables = Object.keys(keyless);
  const atEach = (change: string) => host.app.query(tables.map((t) => change.replaceAll('$t', t)).join(';'));
  await open(`create table busy (id int primary key); ${Object.values(keyless).join(';')}`);
  await atEach(`insert into $t values ('a', '{"n": 1}'), (null, '{"n":1}'), (null, null)`);
  choose('busy', ...tables);
  const first = await host.land();
  for (const table of tables) {
    expect(first.tables[table]).toMatchObject({ strategy: 'copy', inserted: 3, rows: 3 });
    await expectEqual(table, ['v', 'j']);
  }

  const before = await written('bare');
  await host.app.query('insert into busy values (1)');
  const unchanged = await host.land();
  for (const table of tables)
    expect(unchanged.tables[table]).toMatchObject({ strategy: 'copy', extracted: 0, rows: 3 });
  expect(await written('bare')).toEqual(before);

  const expectChanges = async (expected: Record<string, number>) => {
    const landed = await host.land();
    for (const table of tables) {
      expect(changes(landed, table)).toEqual(expected);
      await expectEqual(table, ['v', 'j']);
    }
  };
  await atEach(`update $t set j = '2' where v = 'a'; insert into $t values ('b', null)`);
  await expectChanges({ inserted: 2, deleted: 1, unchanged: 2 });
  await atEach(`delete from $t where v = 'a'`);
  await expectChanges({ deleted: 1, unchanged: 3 });
  await atEach('truncate $t');
  await expectChanges({ deleted: 3 });
});

test.each([false, true])('equal rows land as often as they are there (flat: %s)', async (flat) => {
  await open(
    `create table twins (v int, p point, f float8);
     insert into twins select 1, '(1,2)', 0.1 from generate_series(1, 3);
     insert into twins values (1, '(1,2)', -0.0), (1, '(1,2)', 0.0), (null, null, 'NaN'), (null, null, 'NaN')`,
    { flat },
  );
  choose('twins');
  await host.land();
  await expectEqual('twins', ['v', 'p', 'f']);
  await host.app.query(`delete from twins where ctid = (select min(ctid) from twins);
    insert into twins values (null, null, 'NaN')`);
  expect(changes(await host.land(), 'twins')).toEqual({ inserted: 1, deleted: 1, unchanged: 6 });
  await expectEqual('twins', ['v', 'p', 'f']);
  await host.app.query('vacuum full twins');
  expect(changes(await host.land(), 'twins')).toEqual({ unchanged: 7 });
});

test('a view and a materialized view are copied, and what they read is locked with them', async () => {
  await open(
    `create table t (id int primary key, v text); insert into t values (1, 'a'), (2, 'b'), (3, 'b');
     create view seen as select v, count(*) as n from t group by v;
     create materialized view kept as select v from t;
     create materialized view empty as select v from t with no data`,
  );
  choose('seen', 'kept', 'empty');
  const landed = await host.land();
  expect(landed.heldBack).toMatchObject([
    { table: 'empty', sql: 'refresh materialized view "public"."empty"' },
  ]);
  await expectEqual('seen', ['v', 'n']);
  await expectEqual('kept', ['v']);

  await host.app.query(`update t set v = 'c' where id = 2`);
  const again = await host.land();
  expect(changes(again, 'seen')).toEqual({ inserted: 2, deleted: 1, unchanged: 1 });
  expect(changes(again, 'kept')).toEqual({});
  await host.app.query('refresh materialized view kept; alter table t alter v set not null');
  expect(changes(await host.land(), 'kept')).toEqual({ inserted: 1, deleted: 1, unchanged: 2 });
  await expectEqual('kept', ['v']);

  await host.app.query(
    'create or replace view seen as select v, count(*) as n, min(id) as first from t group by v',
  );
  await host.land();
  await expectEqual('seen', ['v', 'n', 'first']);
});

test('a view that cannot be read is held back alone', async () => {
  await open(
    `create table t (id int primary key); insert into t values (0);
     create view broken as select 1 / id as v from t;
     create role owner_without_rights; create view forbidden as select * from t;
     alter view forbidden owner to owner_without_rights; revoke all on t from owner_without_rights`,
  );
  choose('t', 'broken', 'forbidden');
  const landed = await host.land();
  expect(landed.heldBack?.map(({ table, problem }) => [table, problem])).toEqual([
    ['broken', expect.stringContaining('division by zero')],
    ['forbidden', expect.stringContaining('permission denied for table t')],
  ]);
  expect(changes(landed, 't')).toEqual({ inserted: 1 });
  await host.app.query('drop view forbidden; drop role owner_without_rights');
});

test('a table that loses its key is copied, and swept again when it has one', async () => {
  await open(`create table t (id int primary key, v text); insert into t values (1, 'a'), (2, 'b')`);
  choose('t');
  expect((await host.land()).tables['t']).toMatchObject({ strategy: 'sweep' });
  await host.app.query(
    'alter table t drop constraint t_pkey, alter id drop not null; insert into t values (2, null), (null, null)',
  );
  expect((await host.land()).tables['t']).toMatchObject({ strategy: 'copy' });
  await expectEqual('t', ['id', 'v']);
  await host.app.query('delete from t where v is null; alter table t add unique (id), alter id set not null');
  expect((await host.land()).tables['t']).toMatchObject({ strategy: 'sweep', rows: 2 });
  await host.app.query(`update t set v = 'z' where id = 2`);
  expect(changes(await host.land(), 't')).toEqual({ updated: 1 });
  await expectEqual('t', ['id', 'v']);
});

test('a table with a key is copied when the config says so, also for a role that may not read xmin', async () => {
  await open(
    `create table t (id int primary key, v text, secret text); insert into t values (1, 'a', 's');
     drop role if exists narrow; create role narrow login password 'narrow'; grant usage on schema public to narrow; grant select (id, v) on t to narrow`,
  );
  host.tables = { t: { strategy: 'copy', columns: { except: ['secret'] } } };
  const asNarrow = new URL(host.url);
  asNarrow.username = asNarrow.password = 'narrow';
  host.url = asNarrow.href;
  await host.land();
  await host.app.query(`update t set id = 2; insert into t values (1, 'b', 's')`);
  expect((await host.land()).tables['t']).toMatchObject({ strategy: 'copy', inserted: 2, deleted: 1 });
  await expectEqual('t', ['id', 'v']);
  await host.app.query('drop owned by narrow; drop role narrow');
});

test('a foreign table, and a table with a foreign partition, are copied at each run', async () => {
  await open(`create table near (id int primary key, v text); insert into near values (1, 'a'), (2, 'b')`);
  await createForeignServer(host.app, host.url);
  await host.app.query(
    `create foreign table far (id int, v text) server elsewhere options (table_name 'near');
     create table mixed (id int, v text) partition by range (id);
     create table mixed_1 (id int primary key, v text);
     alter table mixed attach partition mixed_1 for values from (100) to (200);
     create foreign table mixed_2 partition of mixed for values from (1) to (100) server elsewhere options (table_name 'near');
     insert into mixed_1 values (100, 'x')`,
  );
  choose('far', 'mixed');
  await host.land();
  await host.app.query(`update near set v = 'c' where id = 2; insert into mixed_1 values (101, 'y')`);
  const landed = await host.land();
  expect(changes(landed, 'far')).toEqual({ inserted: 1, deleted: 1, unchanged: 1 });
  expect(changes(landed, 'mixed')).toEqual({ inserted: 2, deleted: 1, unchanged: 2 });
  await expectEqual('far', ['id', 'v']);
  await expectEqual('mixed', ['id', 'v']);
});
