import { Client, Connection } from '@temporalio/client';
import { createCollect } from '../../page/collect/collect.ts';
import { testConfig } from '../support/config.ts';
import { freshWarehouse } from '../support/postgres.ts';
import { query } from '../support/query.ts';

const temporal = new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) });

test('everything that ops holds is collected, also while Temporal and a source are away', async () => {
  const warehouse = await freshWarehouse();
  await query(
    warehouse.url,
    `insert into ops.source (source, complete_through, landed_at) values ('shop', now() - interval '20 minutes', now());
     update ops.source set complete_through = now() - interval '1 minute';
     insert into ops.position (source, table_name, rows, difference, shape, changed_at)
     values ('shop', 'orders', 7, 2, '{"columns": [{"name": "id", "type": "bigint"}]}', now());
     insert into ops.held_back (source, table_name, problem, advice, elsewhere) values ('shop', 'carts', 'no key', 'Name one.', false);
     insert into ops.batch (batch, source, snapshot, complete_through) values ('r-1', 'shop', '', now());
     insert into ops.batch_table values ('r-1', 'orders', 'sweep', 9, 5, 3, 1, 2, 7);
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
    landings: { value: [{ table: 'orders', inserted: 5, updated: 3, deleted: 2 }] },
    days: { value: [{ table: 'orders', inserted: 5, updated: 3, deleted: 2 }] },
    sizes: { value: expect.arrayContaining([{ table: 'orders', rows: 7, bytes: 0 }]) as unknown[] },
    schemaChanges: {
      value: [{ source: 'shop', table: 'orders', column: null, change: 'arrived', tables: null }],
    },
    sessions: { value: [] },
    runs: { missing: 'Temporal has not answered within four seconds.' },
    lastNight: { value: expect.any(Array) as unknown[] },
    weather: { missing: 'The config has no places.' },
  });
  await warehouse.drop();
  // It then fails at once.
  await temporal.connection.close();
  const { sources, runs } = await createCollect({ reader, temporal })();
  expect(runs).toEqual({ missing: expect.stringMatching(/^Temporal does not answer: \w/) as string });
  expect(sources).toEqual({ missing: expect.stringMatching(/^The warehouse: .*does not exist/) as string });
});
