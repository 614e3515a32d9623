import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { warehouseColumns } from '../../model/choose-tables.ts';
import { qualified, quoteIdent } from '../../model/identifier.ts';
import type { Client } from 'pg';
import type { Tables } from '../../model/table-config.ts';
import { equal, openHost, shop } from '../support/host.ts';
import type { Host } from '../support/host.ts';

let host: Host;

afterEach(() => host.close());

async function open(ddl: string, tables: Tables): Promise<Host> {
  host = await openHost({ ddl });
  host.tables = tables;
  return host;
}

/** The rows of a clean table as text. */
async function clean(table: string): Promise<string[]> {
  const { rows } = await host.warehouse.query<{ row: string }>(
    `select to_jsonb(t) - 'batch' #- '{project}' as row from clean."${table}" t order by 1`,
  );
  return rows.map(({ row }) => row);
}

test('all takes every table of every schema, and a new one by itself', async () => {
  await open(
    `create schema sales; create schema hr;
     create table t (id int primary key); insert into t values (1);
     create table sales.t (id int primary key, v text); insert into sales.t values (2, 'x');
     create table hr.people (id int primary key); insert into hr.people values (3);
     create table parted (id int primary key) partition by range (id);
     create table hr.part partition of parted for values from (0) to (10); insert into parted values (4);
     create view seen as select * from t`,
    { all: { except: ['people'] } },
  );
  expect(Object.keys((await host.land()).tables)).toEqual(['parted', 't', 'sales_t']);
  await host.app.query('create table sales.later (id int primary key); insert into sales.later values (5)');
  expect(Object.keys((await host.land()).tables)).toEqual(['parted', 't', 'sales_later', 'sales_t']);
  expect(await clean('t')).toEqual(['{"id": 1}']);
  expect(await clean('sales_t')).toEqual(['{"v": "x", "id": 2}']);
  expect(await clean('parted')).toEqual(['{"id": 4}']);
  expect(await clean('sales_later')).toEqual(['{"id": 5}']);

  host.newTables = 'ignore';
  await host.app.query('create table ignored (id int primary key); create table wanted (id int primary key)');
  host.tables = { all: { except: ['people'] }, wanted: {} };
  expect(Object.keys((await host.land()).tables)).toEqual([
    'parted',
    't',
    'sales_later',
    'sales_t',
    'wanted',
  ]);
});

const names = [
  'x'.repeat(63),
  'я'.repeat(31),
  'a/b',
  '../../etc',
  '.hidden',
  'events.keys',
  't.keys',
  't',
  'constructor',
  '__proto__',
  'toString',
  'a"b',
  'two words',
  '100%',
  'star*',
  'all',
  'line\nbreak',
  '$1',
];

test.each([false, true])('a table may have any name that Postgres allows (flat: %s)', async (flat) => {
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  host = await openHost({
    flat,
    ddl: names
      .map(
        (name) =>
          `create table ${quoted(name)} (id int primary key); insert into ${quoted(name)} values (1), (2);`,
      )
      .join('\n'),
  });
  host.tables = { all: {} };
  expect(Object.keys((await host.land()).tables).sort()).toEqual([...names].sort());
  for (const name of names)
    await host.app.query(
      `update ${quoted(name)} set id = 3 where id = 1; delete from ${quoted(name)} where id = 2`,
    );
  await host.land();
  for (const name of names) {
    const { rows } = await host.warehouse.query(`select id from clean.${quoted(name)}`);
    expect(rows).toEqual([{ id: '3' }]);
  }

  await host.app.query(
    'alter table t drop constraint t_pkey, add n bigint generated always as identity primary key',
  );
  const { heldBack } = await host.land();
  if (flat) {
    expect(heldBack).toMatchObject([
      { table: 't', problem: 'its key is (n) at the source and (id) in the warehouse' },
    ]);
    await host.warehouse.query(heldBack![0]!.sql!);
    expect((await host.land()).heldBack).toBeUndefined();
  } else expect(heldBack).toBeUndefined();
  expect(await host.difference('t')).toEqual(equal);
});

test('a column called project or batch lands with an underscore, also as a part of the key', async () => {
  await open(
    `create table t (project text, batch int, v text, primary key (project, batch)); insert into t values ('p', 1, 'x')`,
    { t: {} },
  );
  await host.land();
  await host.app.query(`update t set v = 'y'; insert into t values ('q', 2, 'z')`);
  await host.land();
  await host.app.query(`delete from t where project = 'p'`);
  await host.land();
  const { rows } = await host.warehouse.query('select project, project_, batch_, v from clean.t');
  expect(rows).toEqual([{ project: shop, project_: 'q', batch_: '2', v: 'z' }]);
});

test('the rows of an inheritance parent are its own, and its heirs are tables of their own', async () => {
  await open(
    `create table mother (id int primary key); create table heir (primary key (id)) inherits (mother);
     insert into mother values (1); insert into heir values (1), (2)`,
    { '*': {} },
  );
  await host.land();
  await host.app.query('delete from only mother; insert into heir values (3)');
  await host.land();
  expect(await clean('mother')).toEqual([]);
  expect(await clean('heir')).toEqual(['{"id": 1}', '{"id": 2}', '{"id": 3}']);
});

test('a table that is replaced by a view, and back, and by another table of its name goes on by itself', async () => {
  await open('create table t (id int primary key, v text); insert into t values (1, $$a$$), (2, $$b$$)', {
    t: {},
  });
  await host.land();
  await host.app.query('alter table t rename to base; create view t as select id, v from base where id > 1');
  expect((await host.land()).tables['t']).toMatchObject({ strategy: 'copy', rows: 1 });
  expect(await clean('t')).toEqual(['{"v": "b", "id": 2}']);
  await host.app.query('drop view t; alter table base rename to t; update t set v = v || 2 where id = 1');
  expect((await host.land()).tables['t']).toMatchObject({ strategy: 'sweep', rows: 2 });
  expect(await clean('t')).toEqual(['{"v": "a2", "id": 1}', '{"v": "b", "id": 2}']);
  await host.app.query('drop table t; create table t (v text primary key); insert into t values ($$new$$)');
  await host.land();
  expect(await clean('t')).toEqual(['{"v": "new", "id": null}']);
});

test('a table of a pattern that is dropped, moved or replaced by a view leaves its rows to a decision, and the others land', async () => {
  await open(
    ['dropped', 'moved', 'seen', 'stays']
      .map((name) => `create table ${name} (id int primary key); insert into ${name} values (1);`)
      .join('\n'),
    { all: {} },
  );
  await host.land();
  await host.app.query(
    `drop table dropped; create schema archive; alter table moved set schema archive;
     drop table seen; create view seen as select 2 as id; insert into stays values (2)`,
  );
  const landed = await host.land();
  expect(landed.heldBack).toBeUndefined();
  expect(Object.keys(landed.tables).sort()).toEqual(['archive_moved', 'stays']);
  const { rows } = await host.warehouse.query('select table_name, rows from ops.orphan order by 1');
  expect(rows).toEqual(['dropped', 'moved', 'seen'].map((name) => ({ table_name: name, rows: '1' })));
  host.tables = { all: {}, seen: { key: ['id'] } };
  expect((await host.land()).heldBack).toMatchObject([
    {
      table: 'seen',
      problem: 'the config names a key, (id), and the table is copied whole, which needs none (view)',
    },
  ]);
  host.tables = { all: {}, seen: {} };
  await host.land();
  expect(await clean('seen')).toEqual(['{"id": 2}']);
});

test('a deferrable primary key is a key', async () => {
  await open(
    'create table t (id int primary key deferrable initially deferred); insert into t values (1), (2)',
    {
      t: {},
    },
  );
  await host.land();
  await host.app.query('update t set id = 3 - id; delete from t where id = 1');
  await host.land();
  expect(await clean('t')).toEqual(['{"id": 2}']);
});

/** The rows of a table as their values are printed. */
async function printedRows(client: Client, from: string, columns: readonly string[]): Promise<string[]> {
  const values = columns.map(quoteIdent).join(', ');
  const { rows } = await client.query<{ row: string }>(`select row(${values})::text as row from ${from}`);
  return rows.map(({ row }) => row).sort();
}

test.each(['works', 'encyclopedia', 'shop'])(
  'every table of a database in the manner of real ones lands equal with tables: all, and so do its changes (%s)',
  async (shape) => {
    await open(readFileSync(join(__dirname, `../support/shapes/${shape}.sql`), 'utf8'), { all: {} });
    // As Tidehouse reads: names of objects are printed with their schemas.
    await host.app.query('set search_path = pg_catalog');
    const { rows } = await host.app.query<Record<'schema' | 'name' | 'kind' | 'columns', string>>(
      `select n.nspname as schema, c.relname as name, c.relkind as kind, json_agg(a.attname order by a.attnum) as columns
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema$)'
       group by 1, 2, 3`,
    );
    const tables = rows.map(({ schema, name, kind, columns }) => ({
      from: `${kind === 'r' ? 'only ' : ''}${qualified(schema, name)}`,
      clean: schema === 'public' ? name : `${schema}_${name}`,
      columns: JSON.parse(columns) as string[],
    }));
    const expectEqual = async () => {
      const landed = await host.land();
      expect(landed.heldBack).toBeUndefined();
      expect(Object.keys(landed.tables).sort()).toEqual(tables.map(({ clean }) => clean).sort());
      for (const { from, clean: table, columns } of tables)
        expect([
          table,
          await printedRows(host.warehouse, qualified('clean', table), warehouseColumns(columns)),
        ]).toEqual([table, await printedRows(host.app, from, columns)]);
    };
    await expectEqual();
    const changes = tables.flatMap(({ from, columns }) => [
      `delete from ${from} where ctid in (select ctid from ${from} limit 1)`,
      `update ${from} set ${quoteIdent(columns.at(-1)!)} = ${quoteIdent(columns.at(-1)!)}`,
    ]);
    await host.app.query(changes.join(';'));
    await expectEqual();
  },
);
