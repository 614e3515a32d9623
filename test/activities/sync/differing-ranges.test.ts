import fc from 'fast-check';
import type { Manifest } from '../../../model/batch.ts';
import { failureTypes } from '../../../model/failure.ts';
import { failureOf } from '../../support/failure-of.ts';
import { changes, equal, openHost, shop } from '../../support/host.ts';
import type { Host } from '../../support/host.ts';
import { newBatch } from '../../support/sync-once.ts';

let host: Host;
let manifest: Manifest;

beforeAll(async () => {
  host = await openHost({
    rangesFromRows: 0,
    onStaged(_client, seen) {
      manifest = seen;
      return Promise.resolve();
    },
  });
});
afterAll(() => host.close());

/** Lands a table with these ids, which then loses its greatest one: from then on its keys are compared. */
async function comparedFromNowOn(name: string, type: string, ids: string): Promise<void> {
  await host.app.query(`create table ${name} (id ${type} primary key, v text); insert into ${name} ${ids}`);
  host.tables = { [name]: {} };
  await host.land();
  await host.app.query(`delete from ${name} where id = (select max(id) from ${name})`);
  await host.land();
  expect(await host.difference(name)).toEqual(equal);
}

const keysSent = () => manifest.tables[0]!.keys?.rowCount ?? 0;
const rangesSent = () => manifest.tables[0]!.keyRanges?.numbers.length;

describe('a table that has lost rows', () => {
  test('sends the keys of the ranges alone in which rows are gone or new', async () => {
    await comparedFromNowOn('orders', 'bigint', `select n, 'row' from generate_series(1, 5000) n`);
    await host.app.query(
      `delete from orders where id in (700, 3000); update orders set v = 'new' where id < 400`,
    );
    expect(changes(await host.land(), 'orders')).toEqual({ deleted: 2, updated: 399 });
    expect([rangesSent(), keysSent()]).toEqual([2, 510]);
    expect(await host.difference('orders')).toEqual(equal);
  });

  test('sends none when only values have changed, and is compared a few times more', async () => {
    await host.app.query(`update orders set v = 'newer' where id % 2 = 0`);
    expect(changes(await host.land(), 'orders')).toEqual({ updated: 2497 });
    expect([rangesSent(), keysSent()]).toEqual([0, 0]);
  });

  test('sends all keys when rows have taken the places of others so that the sums are the same', async () => {
    await comparedFromNowOn('swapped', 'integer', `select 2 * n, 'row' from generate_series(1, 2000) n`);
    await host.app.query(
      `delete from swapped where id in (10, 16); insert into swapped values (11, 'in its place'), (15, 'in its place')`,
    );
    const run = await host.land();
    expect(changes(run, 'swapped')).toEqual({ inserted: 2, deleted: 2 });
    expect(run.batches).toHaveLength(2);
    expect([rangesSent(), keysSent()]).toEqual([undefined, 1999]);
    expect(await host.difference('swapped')).toEqual(equal);
  });

  test('finds the first deletes by ranges too', async () => {
    await comparedFromNowOn('sudden', 'integer', `select n, 'row' from generate_series(1, 3000) n`);
    await host.warehouse.query(`update ops.position set keys_due = 0 where table_name = 'sudden'`);
    await host.app.query('delete from sudden where id = 5');
    const run = await host.land();
    expect(run.batches).toHaveLength(2);
    expect(changes(run, 'sudden')).toEqual({ deleted: 1 });
    expect([rangesSent(), keysSent()]).toEqual([1, 254]);
  });

  test.each([
    ['a smallint', 'smallint', `select n, 'row' from generate_series(-32768, 32767, 13) n`],
    [
      'a bigint with all its bits',
      'bigint',
      `values (-9223372036854775808, 'least'), (0, 'none'), (1, 'row'), (9223372036854775807, 'most')`,
    ],
    ['ids with gaps', 'bigint', `select n::bigint * n * n, 'row' from generate_series(1, 2000) n`],
    ['one row', 'integer', `values (1, 'row'), (2, 'gone')`],
  ])('with %s as its key stays equal', async (title, type, ids) => {
    const name = `keyed_by_${title.replaceAll(' ', '_')}`;
    await comparedFromNowOn(name, type, ids);
    await host.app.query(
      `delete from ${name} where id = (select min(id) from ${name}); insert into ${name} values (7, 'new') on conflict do nothing`,
    );
    await host.land();
    expect(rangesSent()).toBeGreaterThan(0);
    expect(await host.difference(name)).toEqual(equal);
  });

  test('with columns called as those of the statements stays equal', async () => {
    await host.app.query(
      `create table named (number integer, r integer, t text, at text, ctids text, project_id integer, primary key (number, r));
       insert into named select n, n % 7, 'x' from generate_series(1, 1000) n`,
    );
    host.tables = { named: {} };
    await host.land();
    await host.app.query('delete from named where number = 1');
    await host.land();
    await host.app.query('delete from named where number in (2, 999)');
    const run = await host.land();
    expect(run.batches).toHaveLength(1);
    expect(changes(run, 'named')).toEqual({ deleted: 2 });
    expect(await host.difference('named')).toEqual(equal);
  });

  test('stays equal whatever is deleted, inserted and updated between runs', async () => {
    await comparedFromNowOn('random', 'integer', `select n, 'row' from generate_series(1, 3000) n`);
    const id = fc.integer({ min: -50, max: 3200 });
    const change = fc.oneof(
      fc
        .record({ from: id, length: fc.integer({ min: 0, max: 30 }) })
        .map(({ from, length }) => `delete from random where id between ${from} and ${from + length}`),
      id.map((value) => `insert into random values (${value}, 'new') on conflict do nothing`),
      id.map((value) => `update random set v = v || '.' where id = ${value}`),
      fc
        .tuple(id, id)
        .map(
          ([a, b]) =>
            `update random set id = ${b} where id = ${a} and not exists (select from random where id = ${b})`,
        ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (statements) => {
        await host.app.query(statements.join('; '));
        await host.land();
        expect(await host.difference('random')).toEqual(equal);
      }),
      { numRuns: 40 },
    );
  });

  test('that marks what the source has deleted marks it in ranges', async () => {
    await comparedFromNowOn('marked', 'integer', `select n, 'row' from generate_series(1, 1000) n`);
    host.tables = { marked: { deletes: 'mark' } };
    await host.land();
    await host.app.query(`delete from marked where id in (4, 900)`);
    expect(changes(await host.land(), 'marked')).toEqual({ deleted: 2 });
    await host.app.query(`delete from marked where id = 5; insert into marked values (4, 'again')`);
    expect(changes(await host.land(), 'marked')).toEqual({ inserted: 1, deleted: 1 });
    expect(rangesSent()).toBe(1);
    const { rows } = await host.warehouse.query(
      'select id from clean.marked where deleted_at is not null order by id',
    );
    expect(rows).toEqual([{ id: '5' }, { id: '900' }]);
  });

  test('and has new rows in more ranges than are worth comparing sends all keys', async () => {
    await comparedFromNowOn('scattered', 'bigint', `select n, 'row' from generate_series(1, 1000) n`);
    await host.app.query(
      `insert into scattered select n * 1000, 'far' from generate_series(2, 140000) n; delete from scattered where id = 4`,
    );
    const run = await host.land();
    expect(run.batches).toHaveLength(1);
    expect(changes(run, 'scattered')).toEqual({ inserted: 139999, deleted: 1 });
    expect([rangesSent(), keysSent()]).toEqual([undefined, 140997]);
  });

  test('keeps no snapshot of the source open while somebody locks its rows in clean', async () => {
    const locked = await openHost({
      ddl: `create table orders (id integer primary key); insert into orders values (1), (2)`,
      tables: { orders: {} },
      rangesFromRows: 0,
      timeouts: { warehouseLockMs: 100 },
    });
    try {
      await locked.land();
      await locked.app.query('delete from orders where id = 1');
      await locked.land();
      await locked.app.query('insert into orders values (3)');
      await locked.warehouse.query('begin; lock table clean.orders');
      const input = { source: shop, batchId: newBatch(), keysOf: [] };
      const failure = await failureOf(locked.activities.extract, input);
      expect(failure).toMatchObject({ type: failureTypes.unavailable, nonRetryable: false });
      expect(failure.message).toMatch(/^source "shop", the warehouse: .*lock timeout/);
      await locked.warehouse.query('rollback');
      expect(changes(await locked.land(), 'orders')).toEqual({ inserted: 1 });
    } finally {
      await locked.close();
    }
  });

  test('and of which somebody deleted rows in clean is compared with all keys', async () => {
    await comparedFromNowOn('vandalized', 'integer', `select n, 'row' from generate_series(1, 1000) n`);
    await host.warehouse.query('delete from clean.vandalized where id = 9');
    await host.app.query('delete from vandalized where id = 1');
    expect(changes(await host.land(), 'vandalized')).toEqual({ deleted: 1 });
    expect([rangesSent(), keysSent()]).toEqual([undefined, 998]);
  });
});
