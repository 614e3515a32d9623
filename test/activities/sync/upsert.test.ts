import { readdir } from 'node:fs/promises';
import type { Manifest } from '../../../model/batch.ts';
import { keysDueAfterDeletes } from '../../../model/position.ts';
import { changes, equal, openHost, shop } from '../../support/host.ts';
import type { Host } from '../../support/host.ts';
import { runActivity } from '../../support/sync-once.ts';

describe.each([
  ['a leaf', { flat: false }],
  ['a flat table whose keys are compared in ranges', { flat: true, rangesFromRows: 0 }],
])('in %s,', (_title, options) => {
  let host: Host;
  let manifest: Manifest;

  beforeAll(async () => {
    host = await openHost({
      ...options,
      onStaged(_client, seen) {
        manifest = seen;
        return Promise.resolve();
      },
    });
  });
  afterAll(() => host.close());

  /** Makes a table of ten rows that is the only one in the config, and lands it. */
  async function landed(name: string): Promise<void> {
    await host.app.query(`create table ${name} (id integer primary key, v text)`);
    await host.app.query(`insert into ${name} select i, 'row ' || i from generate_series(1, 10) i`);
    host.tables = { [name]: {} };
    expect(changes(await host.land(), name)).toEqual({ inserted: 10 });
  }

  async function freshness(): Promise<Record<string, string>[]> {
    const { rows } = await host.warehouse.query<Record<string, string>>(
      `select table_name as table, rows, difference from ops.freshness where source = $1 order by 1`,
      [shop],
    );
    return rows;
  }

  const comparedKeys = () =>
    manifest.tables.some(({ keys, keyRanges }) => keys !== undefined || keyRanges !== undefined);
  const readWhole = () => manifest.tables.filter(({ whole }) => whole).map(({ table }) => table);

  describe('deletes', () => {
    test('are mirrored in one landing, after one batch that lands nothing because its row counts do not reconcile', async () => {
      await landed('deleted_from');
      await host.app.query(
        `delete from deleted_from where id <= 2; update deleted_from set v = 'new' where id = 3`,
      );
      const run = await host.land();
      expect(run.batches).toHaveLength(2);
      expect(changes(run, 'deleted_from')).toEqual({ deleted: 2, updated: 1 });
      expect(await host.difference('deleted_from')).toEqual(equal);
    });

    test('are looked for at once in the batches that follow, and then no more', async () => {
      await host.app.query(
        `delete from deleted_from where id = 4; insert into deleted_from values (11, 'in its place')`,
      );
      const run = await host.land();
      expect(run.batches).toHaveLength(1);
      expect(changes(run, 'deleted_from')).toEqual({ deleted: 1, inserted: 1 });
      for (let n = 0; n < keysDueAfterDeletes; n++) {
        await host.land();
        expect(comparedKeys()).toBe(true);
      }
      expect((await host.land()).batches).toEqual([]);
    });

    test('are distinguished from a delete and an insert of the same key', async () => {
      await host.app.query(
        `begin; delete from deleted_from where id = 5; insert into deleted_from values (5, 'again'); commit`,
      );
      expect(changes(await host.land(), 'deleted_from')).toEqual({ updated: 1 });
      expect(await host.difference('deleted_from')).toEqual(equal);
    });

    test.each(['delete from', 'truncate'])('of all rows, by %s, leave clean empty', async (statement) => {
      const table = statement.startsWith('delete') ? 'emptied' : 'truncated';
      await landed(table);
      await host.app.query(`${statement} ${table}`);
      expect(changes(await host.land(), table)).toEqual({ deleted: 10 });
      expect(await freshness()).toEqual([{ table, rows: '0', difference: '0' }]);
      await host.app.query(`insert into ${table} values (7, 'first again')`);
      await host.land();
      expect(await host.difference(table)).toEqual(equal);
    });
  });

  test('two rows that change places keep their number and swap what they hold', async () => {
    await landed('swapped');
    await host.app.query(
      `begin; update swapped set id = -1 where id = 1; update swapped set id = 1 where id = 2; update swapped set id = 2 where id = -1; commit`,
    );
    expect(changes(await host.land(), 'swapped')).toEqual({ updated: 2 });
    expect(await host.difference('swapped')).toEqual(equal);
  });

  test('a run after a run changes nothing, not even a byte of a row', async () => {
    await landed('still');
    const image = async () =>
      (await host.warehouse.query<object>('select xmin, ctid, t.* from clean.still t order by id')).rows;
    const before = await image();
    expect(changes(await host.land(), 'still')).toEqual({});
    // A transaction that is open makes every later row come again and again.
    await host.app.query(`begin; update still set v = 'changed' where id = 1`);
    await host.land();
    await host.app.query('rollback; update still set v = v where id = 2');
    expect(changes(await host.land(), 'still')).toEqual({ unchanged: 1 });
    expect(await image()).toEqual(before);
  });

  test('a source in which only other tables have changed moves on without a batch', async () => {
    await landed('watched');
    await host.app.query('create table ignored (id integer primary key)');
    const before = await host.land();
    await host.app.query('insert into ignored values (1)');
    const run = await host.land();
    expect(run).toMatchObject({
      status: 'landed',
      idle: true,
      batches: [],
      tables: { watched: { rows: 10 } },
    });
    expect(run.completeThrough > before.completeThrough).toBe(true);
    expect(await readdir(host.staging, { recursive: true })).toEqual([shop]);
    await host.app.query(`update watched set v = 'new' where id = 1`);
    expect(changes(await host.land(), 'watched')).toEqual({ updated: 1 });
    await host.app.query('delete from watched where id = 2');
    expect(changes(await host.land(), 'watched')).toEqual({ deleted: 1 });
    expect(await host.difference('watched')).toEqual(equal);
  });

  test('a table that is added to the config is read whole, with rows older than the position', async () => {
    await landed('old');
    await host.app.query(
      `create table added (id integer primary key); insert into added select generate_series(1, 50)`,
    );
    await host.land();
    host.tables = { old: {}, added: {} };
    expect(changes(await host.land(), 'added')).toEqual({ inserted: 50 });
    expect(readWhole()).toEqual(['added']);
    expect(await host.difference('added')).toEqual(equal);
  });

  test('a table that is taken out of the config and put back is read whole, deletes included', async () => {
    host.tables = { old: {} };
    await host.land();
    expect(await freshness()).toEqual([{ table: 'old', rows: '10', difference: '0' }]);
    await host.app.query(`delete from added where id <= 5; insert into added values (51)`);
    await host.land();
    host.tables = { old: {}, added: {} };
    expect(changes(await host.land(), 'added')).toEqual({ inserted: 1, deleted: 5, unchanged: 45 });
    expect(await host.difference('added')).toEqual(equal);
  });

  describe('a row that somebody deleted in clean', () => {
    test('is a stored difference as soon as a batch brings the keys, and then asks for nothing more', async () => {
      await landed('vandalized');
      await host.warehouse.query('delete from clean.vandalized where id = 9');
      await host.app.query('delete from vandalized where id = 1');
      await host.land();
      expect(await freshness()).toEqual([{ table: 'vandalized', rows: '8', difference: '1' }]);
      for (let n = 0; n <= keysDueAfterDeletes; n++) expect((await host.land()).batches).toHaveLength(1);
      expect(comparedKeys()).toBe(false);
      await host.app.query(`insert into vandalized values (20, 'new')`);
      expect((await host.land()).batches).toHaveLength(1);
      expect(await freshness()).toEqual([{ table: 'vandalized', rows: '9', difference: '1' }]);
    });

    test('stops being a difference once it changes at the source', async () => {
      await host.app.query(`update vandalized set v = 'changed' where id = 9`);
      await host.land();
      expect(await freshness()).toEqual([{ table: 'vandalized', rows: '10', difference: '0' }]);
      expect(await host.difference('vandalized')).toEqual(equal);
    });
  });

  test('a row that somebody added to clean goes with the next batch that brings the keys', async () => {
    await landed('embellished');
    await host.warehouse.query(
      `insert into clean.embellished (project, id, v, batch) values ('${shop}', 99, 'mine', 'mine')`,
    );
    await host.app.query('delete from embellished where id = 1');
    await host.land();
    expect(await freshness()).toEqual([{ table: 'embellished', rows: '9', difference: '0' }]);
    expect(await host.difference('embellished')).toEqual(equal);
  });

  describe('keys', () => {
    test.each([
      [
        'nothing but the key',
        '(a integer, b text, primary key (a, b))',
        `values (1, 'x'), (1, 'y'), (2, '')`,
        `a = a + 1, b = b || '!'`,
      ],
      [
        'a smallint',
        '(id smallint primary key, v text)',
        `values (-32768, 'least'), (32767, 'most')`,
        `v = 'new'`,
      ],
      [
        'a bigint',
        '(id bigint primary key, v text)',
        `values (-9223372036854775808, 'least'), (9223372036854775807, 'most')`,
        `v = 'new'`,
      ],
      [
        'a date',
        '(d date primary key, v text)',
        `values ('infinity', 'never'), ('0044-03-15 BC', 'ides'), ('2024-02-29', 'leap')`,
        `v = 'new'`,
      ],
      [
        'a unique constraint',
        '(a integer not null, b integer not null, v text, unique (b, a))',
        `values (1, 2, 'x'), (2, 1, 'y')`,
        `a = a + 10`,
      ],
      [
        'a unique index that carries more',
        '(a integer not null, v text)',
        `values (1, 'x'), (2, 'y')`,
        `a = a + 10`,
        'create unique index on {} (a) include (v)',
      ],
      [
        'an identity',
        '(id integer generated always as identity primary key, v text)',
        `(v) values ('x'), ('y')`,
        `v = 'new'`,
      ],
    ])('of %s', async (title, ddl, rows, update, also = '') => {
      const name = `keyed_by_${title.replaceAll(' ', '_')}`;
      await host.app.query(
        `create table ${name} ${ddl}; ${also.replace('{}', name)}; insert into ${name} ${rows}`,
      );
      host.tables = { [name]: {} };
      await host.land();
      expect(await host.difference(name)).toEqual(equal);
      await host.app.query(`update ${name} set ${update}`);
      await host.land();
      expect(await host.difference(name)).toEqual(equal);
      await host.app.query(`delete from ${name} where ctid = (select min(ctid) from ${name})`);
      await host.land();
      expect(await host.difference(name)).toEqual(equal);
    });

    test('that are equal but written otherwise follow the source', async () => {
      await host.app.query(
        `create table priced (price numeric, ratio double precision, v text, primary key (price, ratio));
       insert into priced values (1.0, 0, 'x'), (2, 1, 'y')`,
      );
      host.tables = { priced: {} };
      await host.land();
      await host.app.query(`update priced set price = 1.00, ratio = '-0' where price = 1`);
      expect(changes(await host.land(), 'priced')).toEqual({ updated: 1 });
      expect(await host.difference('priced')).toEqual(equal);
    });

    test('may be chosen in the config when the source enforces them', async () => {
      await host.app.query(
        `create table chosen (id integer primary key, b integer not null, a text not null, unique (a, b));
       insert into chosen values (1, 2, 'x'), (2, 1, 'y')`,
      );
      host.tables = { chosen: { key: ['b', 'a'] } };
      await host.land();
      await host.app.query(`update chosen set id = id + 10`);
      expect(changes(await host.land(), 'chosen')).toEqual({ updated: 2 });
      expect(await host.difference('chosen')).toEqual(equal);
    });
  });

  test('a source of which no table is read lands, and is complete', async () => {
    host.tables = { rates: { from: 'another' } };
    const { completeThrough, tables } = await host.land();
    expect(tables).toEqual({});
    expect(Date.parse(completeThrough)).toBeGreaterThan(Date.now() - 60_000);
  });

  test('a source that fails run after run shows since when, until it lands', async () => {
    await landed('failing');
    const noted = async () => {
      const { rows } = await host.warehouse.query<
        Record<'error' | 'error_at' | 'failing_since', string | null>
      >('select error, error_at, failing_since from ops.freshness where source = $1', [shop]);
      return rows[0]!;
    };
    const fail = async (error: string) => {
      await runActivity(host.activities.recordFailure, { source: shop, error });
      return noted();
    };
    const first = await fail('down');
    expect(first).toMatchObject({ error: 'down', failing_since: first.error_at });
    const second = await fail('still down');
    expect(second).toMatchObject({ error: 'still down', failing_since: first.error_at });
    expect(second.error_at).not.toBe(first.error_at);

    await host.app.query(`update failing set v = 'up again' where id = 1`);
    await host.land();
    expect(await noted()).toEqual({ error: null, error_at: null, failing_since: null });
    const anew = await fail('down anew');
    expect(anew.failing_since).toBe(anew.error_at);
  });
});
