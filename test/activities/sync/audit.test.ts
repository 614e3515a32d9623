import type { AuditResult } from '../../../activities/sync/audit.ts';
import { changes, equal, openHost, shop } from '../../support/host.ts';
import type { Host } from '../../support/host.ts';
import { runActivity } from '../../support/sync-once.ts';

const rowCount = 5_000;
let host: Host;

const audit = (...tables: string[]): Promise<AuditResult> =>
  runActivity(host.activities.auditSource, { source: shop, tables });
const unequal = async (): Promise<AuditResult> =>
  Object.fromEntries(
    Object.entries(await audit()).filter(
      ([, { missing, different, surplus }]) => missing + different + surplus > 0,
    ),
  );

describe.each([
  ['in leaves', false],
  ['in flat tables', true],
])('%s', (_, flat) => {
  beforeAll(async () => {
    host = await openHost({
      flat,
      ddl: `create type mood as enum ('sad', 'happy');
            create domain code as varchar(3);
            create function later() returns void language sql as '';
            create table t (
              a integer, b text, c char(5), n numeric, f double precision, at timestamptz, j jsonb, m mood, d code,
              r regproc, x text[], o bytea, i interval, primary key (a, b)
            );
            insert into t select g, 'key "' || g || E'"\\n,', 'x', g * 1.10, g / 3.0, '2026-01-02 03:04:05.678901+00',
              jsonb_build_object('n', g), 'sad', 'a', 'later', array['NULL', null, ''], '\\x00', '1 day'
            from generate_series(1, ${rowCount}) g;
            insert into t (a, b) values (0, '');
            create table parts (id numeric primary key, v "char") partition by range (id);
            create table part_1 partition of parts for values from (0) to (100);
            insert into parts values (1.0, 'a'), (2, null);
            create table empty (id integer primary key)`,
      tables: { t: {}, parts: {}, empty: {} },
    });
    await host.land();
  });
  afterAll(() => host.close());
  afterEach(async () => {
    await host.land();
    for (const table of ['t', 'parts', 'empty']) expect(await host.difference(table)).toEqual(equal);
    expect(await unequal()).toEqual({});
    expect((await host.land()).batches.filter(({ rowCount }) => rowCount > 0)).toEqual([]);
  });

  test('equal tables have no difference, whatever their types', async () => {
    expect(await audit()).toEqual({
      t: { compared: rowCount + 1, missing: 0, different: 0, surplus: 0 },
      parts: { compared: 2, missing: 0, different: 0, surplus: 0 },
      empty: { compared: 0, missing: 0, different: 0, surplus: 0 },
    });
  });

  test('a row that was falsified, added or removed in clean is found, and mended by the run', async () => {
    await host.warehouse.query(
      `update clean.t set n = 0 where a = 17; update clean.t set j = null where a = 18; update clean.t set c = 'y' where a = 19;
       delete from clean.t where a in (21, 22);
       insert into clean.t (project, a, b, batch) values ('${shop}', -1, 'added', '');
       update clean.parts set id = 1.00 where id = 1;
       insert into clean.empty (project, id, batch) values ('${shop}', 1, '')`,
    );
    expect(await unequal()).toMatchObject({
      t: { compared: rowCount, missing: 2, different: 3, surplus: 1 },
      parts: { missing: 1, surplus: 1 },
      empty: { compared: 1, surplus: 1 },
    });
    const run = await host.land();
    expect(changes(run, 't')).toMatchObject({ inserted: 2, updated: 3, deleted: 1 });
  });

  test('a table that somebody has dropped in clean is mended by the run, and the others are compared', async () => {
    await host.warehouse.query('update clean.t set n = 0 where a = 17; drop table clean.parts');
    expect(await audit()).toMatchObject({ t: { different: 1 }, empty: { compared: 0 } });
    expect(changes(await host.land(), 'parts')).toEqual({ inserted: 2 });
  });

  test('what the application changes meanwhile does not count as different', async () => {
    await host.app.query(
      `update t set n = n + 1 where a % 100 = 0; delete from t where a % 100 = 1; insert into t (a, b) values (-5, 'new');
       update t set a = a + 100000 where a % 100 = 2; update t set n = 0 where a = 30`,
    );
    await host.warehouse.query('update clean.t set n = 0 where a in (30, 31)');
    expect(await unequal()).toMatchObject({ t: { missing: 0, different: 1, surplus: 0 } });
  });

  test('a large table is compared in ranges of its keys, and after a stop an audit goes on behind the last range', async () => {
    const next = async () =>
      (await runActivity(host.activities.auditSource, { source: shop, tables: ['t'], rowsAtOnce: 2_000 }))[
        't'
      ];
    await host.app.query(
      'delete from t where a in (100, 3000, 4800); update t set n = -1 where a in (1, 5000)',
    );
    await host.warehouse.query('update clean.t set n = 0 where a = 4500');
    const isEqual = { missing: 0, different: 0, surplus: 0 };
    const { n: landed } = (await host.warehouse.query<{ n: string }>('select count(*) as n from clean.t'))
      .rows[0]!;
    expect(await next()).toEqual({ ...isEqual, compared: 2_000, unfinished: true });
    const [first] = await runActivity(host.activities.listAudits, undefined);
    expect(first!.tables[0]).toBe('t');
    expect(await next()).toEqual({ ...isEqual, compared: 2_000, unfinished: true });
    expect(await next()).toEqual({ ...isEqual, different: 1, compared: Number(landed) - 4_000 });
    await host.land();
    // It begins again from the start, and ends where it finds something: the table is read whole.
    await host.warehouse.query(
      `delete from clean.t where a = 3; insert into clean.t (project, a, b, batch) values ('${shop}', 9, 'added', '')`,
    );
    expect(await next()).toEqual({ missing: 1, different: 0, surplus: 1, compared: 2_000 });
    const { rows } = await host.warehouse.query(
      `select compared, missing, surplus, reached from ops.audit where table_name = 't'`,
    );
    expect(rows).toEqual([{ compared: '2000', missing: '1', surplus: '1', reached: null }]);
  });

  test('a column that an analyst has added is left alone', async () => {
    await host.warehouse.query(`alter table clean.t add column note text`);
    await host.warehouse.query(`update clean.t set note = 'mine' where a = 40`);
    expect(await unequal()).toEqual({});
    await host.warehouse.query('alter table clean.t drop column note');
  });

  test('the name of an object that was renamed, which no write shows, is found and follows', async () => {
    await host.app.query('alter function later rename to sooner');
    expect((await unequal())['t']!.different).toBeGreaterThan(rowCount / 2);
    await host.land();
    await host.app.query('alter function sooner rename to later');
    expect((await unequal())['t']!.different).toBeGreaterThan(rowCount / 2);
  });

  test('only the requested tables are compared, and the result is in ops', async () => {
    await host.warehouse.query(`delete from clean.parts; delete from clean.t where a = 50`);
    expect(await audit('t')).toMatchObject({ t: { missing: 1 } });
    const { rows } = await host.warehouse.query<Record<string, string>>(
      `select compared, missing, different, surplus from ops.audit where table_name = 't'`,
    );
    expect(rows).toMatchObject([{ missing: '1', different: '0', surplus: '0' }]);
    expect(await unequal()).toMatchObject({ parts: { missing: 2 } });
  });

  test('what was found in a table that the config no longer chooses is forgotten', async () => {
    await audit();
    const { empty, ...others } = host.tables;
    host.tables = others;
    await host.land();
    const { rows } = await host.warehouse.query('select table_name from ops.audit order by 1');
    expect(rows).toEqual([{ table_name: 'parts' }, { table_name: 't' }]);
    host.tables = { ...others, empty: empty! };
  });
});
