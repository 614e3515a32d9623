import { Client, Connection } from '@temporalio/client';
import { createCollect } from '../../page/collect/collect.ts';
import { testConfig } from '../support/config.ts';
import { freshWarehouse } from '../support/postgres.ts';
import { query } from '../support/query.ts';

// It is never closed: its client may be about to try again, and would throw that the channel is shut down at nobody.
const temporal = new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) });

test('everything that ops holds is collected, also while Temporal and a source are away', async () => {
  const warehouse = await freshWarehouse();
  await query(
    warehouse.url,
    `insert into ops.source (source, complete_through, landed_at) values ('shop', now() - interval '20 minutes', now());
     insert into ops.source (source) values ('gone');
     update ops.source set complete_through = now() - interval '1 minute';
     insert into ops.position (source, table_name, rows, difference, shape, changed_at)
     values ('shop', 'orders', 7, 2, '{"columns": [{"name": "id", "type": "bigint"}]}', now());
     insert into ops.held_back (source, table_name, problem, advice, elsewhere) values ('shop', 'carts', 'no key', 'Name one.', false);
     insert into ops.batch (batch, source, snapshot, complete_through) values ('r-1', 'shop', '', now());
     insert into ops.batch_table values ('r-1', 'orders', 'sweep', 9, 5, 3, 1, 2, 7);
     insert into ops.hour (source, hour, table_name, inserted, updated, deleted)
     select source, date_trunc('day', now(), 'UTC') + make_interval(hours => h), t, 100 + h, 2, 1
     from (values ('shop', 'carts'), ('shop', 'notes'), ('gone', 'notes')) as s (source, t), generate_series(-7, -1) h;
     create table clean.orders (id bigint)`,
  );
  const reader = testConfig({ sources: { shop: '', new: '' }, warehouse: warehouse.url, staging: '' });
  const data = await createCollect({ reader, temporal })();
  expect(data).toMatchObject({
    sources: {
      value: [
        { source: 'shop', tables: 1, rows: 7, differences: [{ table: 'orders', rows: 2 }], error: null },
        { source: 'new', completeThrough: null, tables: 0 },
      ],
    },
    heldBack: {
      value: [{ source: 'shop', table: 'carts', problem: 'no key', advice: 'Name one.', sql: null }],
    },
    lag: { value: { shop: [[expect.any(Number), 1_200]] } },
    landings: {
      value: expect.arrayContaining([
        expect.objectContaining({ table: 'orders', inserted: 5, updated: 3, deleted: 2 }),
      ]) as unknown[],
    },
    days: { value: [{ table: 'orders', inserted: 5, updated: 3, deleted: 2 }] },
    sizes: { value: expect.arrayContaining([{ table: 'orders', rows: 7, bytes: 0 }]) as unknown[] },
    schemaChanges: {
      value: [{ source: 'shop', table: 'orders', column: null, change: 'arrived', tables: null }],
    },
    sessions: { value: [] },
    runs: { missing: 'Temporal has not answered within four seconds.' },
    weather: { missing: 'The config has no places.' },
  });
  // By the source and table, the night has what its hours have.
  const { landings, lastNight } = data;
  if (!('value' in landings) || !('value' in lastNight)) throw new Error();
  const { from, to, changes } = lastNight.value;
  const inHours = landings.value.filter(({ hour }) => hour >= from && hour < to);
  const sum = (of: readonly { readonly inserted: number }[]) =>
    of.reduce((all, { inserted }) => all + inserted, 0);
  expect(sum(changes)).toBe(sum(inHours));
  const before = (each: { readonly table: string }) => each.table !== 'orders';
  expect(changes.filter(before).map(({ source, table, inserted }) => [source, table, inserted])).toEqual([
    ['gone', 'notes', 6 * 100 - 21],
    ['shop', 'carts', 6 * 100 - 21],
    ['shop', 'notes', 6 * 100 - 21],
  ]);
  // A closed one fails at once.
  const closed = new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) });
  await closed.connection.close();
  const collect = createCollect({ reader, temporal: closed });
  const first = await collect();
  // While nothing lands, nothing is read again; after a landing, all that is added up is of that snapshot.
  expect((await collect()).landings).toBe(first.landings);
  await query(
    warehouse.url,
    `insert into ops.batch (batch, source, snapshot, complete_through) values ('r-2', 'shop', '', now());
     insert into ops.batch_table values ('r-2', 'orders', 'sweep', 4, 4, 0, 0, 0, 11);
     update ops.position set rows = 11;
     update ops.source set landed_at = clock_timestamp() where source = 'shop'`,
  );
  const next = await collect();
  expect(next.sources).toMatchObject({ value: [{ source: 'shop', rows: 11 }, { source: 'new' }] });
  expect(next.sizes).toMatchObject({
    value: expect.arrayContaining([{ table: 'orders', rows: 11, bytes: 0 }]) as unknown[],
  });
  expect(next.days).toMatchObject({ value: [{ table: 'orders', inserted: 9 }] });
  if (!('value' in next.landings)) throw new Error();
  expect(sum(next.landings.value)).toBe(sum(landings.value) + 4);
  await warehouse.drop();
  const { sources, runs } = await collect();
  expect(runs).toEqual({ missing: expect.stringMatching(/^Temporal does not answer: \w/) as string });
  expect(sources).toEqual({ missing: expect.stringMatching(/^The warehouse: .*does not exist/) as string });
});
