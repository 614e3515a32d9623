import { sqlFile } from '../../../../../activities/postgres/sql-file.ts';
import type { TableConfig } from '../../../../../model/table-config.ts';
import { changes, equal, openHost, shop } from '../../../../support/host.ts';
import type { Host } from '../../../../support/host.ts';
import { runActivity } from '../../../../support/sync-once.ts';

const ddl = `
  create table marked (id integer primary key, v text);
  create table kept (id integer primary key, v text);
  create table parts (id integer primary key, v text) partition by range (id);
  create table parts_1 partition of parts for values from (0) to (10);
  create table parts_2 partition of parts for values from (10) to (20);
  insert into marked select i, 'v' from generate_series(1, 5) i;
  insert into kept select * from marked;
  insert into parts select i, 'v' from generate_series(8, 11) i`;
const tables: Record<string, TableConfig> = {
  marked: { deletes: 'mark' },
  kept: { deletes: 'keep' },
  parts: { deletes: 'mark' },
};

describe.each([false, true])('in flat tables: %s', (flat) => {
  let host: Host;

  beforeEach(async () => {
    host = await openHost({ ddl, tables, flat });
    await host.land();
  });
  afterEach(() => host.close());

  /** The keys in clean, those marked as deleted with a minus. */
  const keysOf = async (table: string) => {
    const { rows } = await host.warehouse.query<{ keys: string }>(
      `select string_agg(case when to_jsonb(t) ->> 'deleted_at' is null then '' else '-' end || id, ' ' order by id, to_jsonb(t) ->> 'deleted_at' nulls first) as keys
       from clean.${table} t`,
    );
    return rows[0]!.keys;
  };
  const positionOf = async (table: string) => {
    const { rows } = await host.warehouse.query<{ position: string }>(
      `select rows || ' rows, difference ' || difference as position from ops.position where table_name = $1`,
      [table],
    );
    return rows[0]!.position;
  };
  const audit = () => runActivity(host.activities.auditSource, { source: shop, tables: [] });
  const same = { missing: 0, different: 0, surplus: 0 };

  test('a row that the source deletes is marked at the time of the snapshot, or kept, and comes back with its key', async () => {
    await host.app.query(
      'delete from marked where id > 3; delete from kept where id > 3; update marked set id = 9 where id = 1',
    );
    const landed = await host.land();
    expect([changes(landed, 'marked'), changes(landed, 'kept')]).toEqual([{ inserted: 1, deleted: 3 }, {}]);
    expect([await keysOf('marked'), await keysOf('kept')]).toEqual(['-1 2 3 -4 -5 9', '1 2 3 4 5']);
    expect([await positionOf('marked'), await positionOf('kept')]).toEqual(
      Array(2).fill('3 rows, difference 0'),
    );
    const { rows } = await host.warehouse.query<{ deleted_at: string }>(
      `select distinct m.deleted_at = s.complete_through as deleted_at from clean.marked m, ops.source s
       where m.deleted_at is not null and s.source = 'shop'`,
    );
    expect(rows).toEqual([{ deleted_at: 't' }]);
    expect(await audit()).toMatchObject({ marked: { compared: 3, ...same }, kept: same });

    await host.app.query(
      `insert into marked values (4, 'v'), (5, 'new'); insert into kept values (4, 'new')`,
    );
    expect(changes(await host.land(), 'marked')).toEqual({ inserted: 2 });
    expect([await keysOf('marked'), await positionOf('marked')]).toEqual([
      '-1 2 3 4 5 9',
      '5 rows, difference 0',
    ]);
    expect([await keysOf('kept'), await positionOf('kept')]).toEqual(['1 2 3 4 5', '4 rows, difference 0']);
    expect((await host.difference('marked')).missing).toEqual([]);
    expect((await host.difference('kept')).missing).toEqual([]);
  });

  test('a key whose type changes keeps the rows that are marked or kept', async () => {
    host.tables = { codes_marked: { deletes: 'mark' }, codes_kept: { deletes: 'keep' } };
    const names = Object.keys(host.tables);
    const each = (statements: string) =>
      host.app.query(names.map((name) => statements.replaceAll('{}', name)).join(';'));
    await each(`create table {} (id varchar(3) primary key); insert into {} values ('1'), ('2')`);
    await host.land();
    await each(`delete from {} where id = '1'`);
    await host.land();
    await each(`alter table {} alter id type text; insert into {} values ('4 and more')`);
    await host.land();
    expect([await keysOf('codes_marked'), await keysOf('codes_kept')]).toEqual([
      '-1 2 4 and more',
      '1 2 4 and more',
    ]);
    await each(
      `delete from {} where id = '4 and more'; alter table {} alter id type int using id::int; insert into {} values (3)`,
    );
    await host.land();
    expect([await keysOf('codes_marked'), await keysOf('codes_kept')]).toEqual([
      '-1 2 3 -4 and more',
      '1 2 3 4 and more',
    ]);
    expect(changes(await host.land(), 'codes_marked')).toEqual({});
  });

  test('TRUNCATE and DETACH mark or keep the rows that are gone', async () => {
    await host.app.query('truncate marked, kept; alter table parts detach partition parts_2');
    await host.land();
    expect([await keysOf('marked'), await keysOf('kept')]).toEqual(['-1 -2 -3 -4 -5', '1 2 3 4 5']);
    expect([await keysOf('parts'), await positionOf('parts')]).toEqual([
      '8 9 -10 -11',
      '2 rows, difference 0',
    ]);
    expect([await positionOf('marked'), await positionOf('kept')]).toEqual(
      Array(2).fill('0 rows, difference 0'),
    );
    expect(await audit()).toMatchObject({ marked: same, kept: same, parts: same });
  });

  if (!flat)
    test.each([
      {
        change: 'to values that have just been written',
        ddl: `update t set v = id; delete from t where id = 1;
          alter table t alter v set not null, drop constraint t_pkey, add primary key (v)`,
        then: `delete from t where id = 2`,
        after: { marked: '-1 -2 3 4 5', kept: '1 2 3 4 5', rows: 3 },
      },
      {
        change: 'to more columns, so that the key until now repeats',
        ddl: `delete from t where id > 3;
          alter table t drop constraint t_pkey, add n int not null default 0, add primary key (id, n);
          insert into t values (1, 'w', 1), (2, 'w', 1)`,
        then: `delete from t where n = 1 and id = 2; insert into t values (4, 'back', 0)`,
        after: { marked: '1 1 2 -2 3 4 -4 -5', kept: '1 1 2 2 3 4 4 5', rows: 5 },
      },
      {
        change: 'to values that rows which are gone had too',
        ddl: `update t set v = 'v' || id; update t set v = 'same' where id in (1, 2)`,
        then: `delete from t where id in (1, 2, 5);
          insert into t values (6, 'v5');
          alter table t alter v set not null, drop constraint t_pkey, add primary key (v)`,
        after: { marked: '-2 3 4 6', kept: '2 3 4 6', rows: 3 },
      },
      {
        change: 'to a new column instead of that of the key until now',
        ddl: `delete from t where id = 5;
          alter table t drop id, add id int generated always as identity primary key`,
        then: `delete from t where id = 4`,
        after: { marked: '1 2 3 -4 -5', kept: '1 2 3 4 5', rows: 3 },
      },
      {
        change: 'of which all values are wider',
        ddl: 'delete from t where id = 5; alter table t alter id type numeric(9, 2)',
        then: `insert into t values (5, 'back'), (1.5, 'new')`,
        after: { marked: '1.00 1.50 2.00 3.00 4.00 5.00', kept: '1.00 1.50 2.00 3.00 4.00 5.00', rows: 6 },
      },
    ])('rows that were marked or kept stay when the key changes $change', async ({ ddl, then, after }) => {
      for (const table of ['marked', 'kept']) await host.app.query(ddl.replaceAll(/\bt(?=_pkey|\b)/g, table));
      await host.land();
      for (const table of ['marked', 'kept'])
        await host.app.query(then.replaceAll(/\bt(?=_pkey|\b)/g, table));
      await host.land();
      expect({ marked: await keysOf('marked'), kept: await keysOf('kept') }).toEqual({
        marked: after.marked,
        kept: after.kept,
      });
      for (const table of ['marked', 'kept']) {
        expect(await positionOf(table)).toBe(`${after.rows} rows, difference 0`);
        expect((await host.difference(table)).missing).toEqual([]);
      }
      expect(await audit()).toMatchObject({ marked: same, kept: same });
    });

  test('when the config says otherwise, the rows that were marked are deleted, or lose their marks', async () => {
    await host.app.query('delete from marked where id = 1; delete from parts where id = 8');
    await host.land();
    host.tables = { ...tables, marked: {}, parts: { deletes: 'keep' } };
    await host.land();
    expect([await keysOf('marked'), await keysOf('parts')]).toEqual(['2 3 4 5', '8 9 10 11']);
    expect(await host.difference('marked')).toEqual(equal);
    expect([await positionOf('marked'), await positionOf('parts')]).toEqual([
      '4 rows, difference 0',
      '3 rows, difference 0',
    ]);
  });

  test("an analyst's own deleted_at does not mark rows, also where an earlier version has made the marks", async () => {
    await host.warehouse.query(`alter table clean.kept add column deleted_at text default 'never'`);
    await host.warehouse.query('alter table raw.marked drop column deleted_at');
    await host.warehouse.query(sqlFile('warehouse/0023-columns-of-sources.sql'));
    host.tables = { ...tables, kept: { deletes: 'mark' } };
    await host.app.query('delete from marked where id = 1; delete from kept where id = 2');
    await host.land();
    expect([await keysOf('marked'), await keysOf('kept')]).toEqual(['-1 2 3 4 5', '1 -2 3 4 5']);
    const { rows } = await host.warehouse.query('select distinct deleted_at_ from clean.kept');
    expect(rows).toEqual([{ deleted_at_: 'never' }]);
  });

  test('a table that has its own column deleted_at is held back alone', async () => {
    await host.app.query('alter table marked add deleted_at date; insert into kept values (6)');
    const { heldBack } = await host.land();
    expect(heldBack).toEqual([expect.objectContaining({ table: 'marked' })]);
    expect(await keysOf('kept')).toBe('1 2 3 4 5 6');
  });
});
