import { freshWarehouse } from '../../support/postgres.ts';
import type { FreshDatabase } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';

let warehouse: FreshDatabase;
beforeAll(async () => {
  warehouse = await freshWarehouse();
  await run(
    `insert into ops.source (source, complete_through) values ('shop', now() - interval '25 minutes')`,
  );
});
afterAll(() => warehouse.drop());

const run = (sql: string) => query(warehouse.url, sql);
const shape = (...columns: string[]) =>
  `jsonb_build_object('columns', '[${columns
    .map((column) => {
      const [name, type] = column.split(' ');
      return `{"name": "${name}", "type": "${type}"}`;
    })
    .join(', ')}]'::jsonb)`;

test('the longest lag of an hour stands in ops.lag, as it was just before a landing', async () => {
  await run(`update ops.source set complete_through = now() - interval '1 minute'`);
  await run(`update ops.source set complete_through = now()`);
  await run(`update ops.source set error = 'it is down'`);
  const rows = await run(
    `select count(*)::int as hours, max(round(extract(epoch from lag) / 60))::int as minutes from ops.lag`,
  );
  expect(rows).toEqual([{ hours: 1, minutes: 25 }]);
});

test('ops.day and ops.hour add up what the batches of a day, and of an hour, landed in each table', async () => {
  await run(`insert into ops.hour values ('shop', date_trunc('hour', now() - interval '3 days'), 'orders', 1, 1, 1);
    insert into ops.batch (batch, source, snapshot, complete_through) values ('b1', 'shop', '', now()), ('b2', 'shop', '', now());
    insert into ops.batch_table values
      ('b1', 'orders', 'sweep', 9, 5, 3, 1, 0, 5), ('b1', 'pages', 'sweep', 1, 1, 0, 0, 0, 1);
    insert into ops.batch_table values ('b2', 'orders', 'sweep', 2, 2, 0, 0, 4, 3)`);
  expect(
    await run(
      'select table_name, inserted::int, updated::int, deleted::int, rows::int from ops.day order by table_name',
    ),
  ).toEqual([
    { table_name: 'orders', inserted: 7, updated: 3, deleted: 4, rows: 3 },
    { table_name: 'pages', inserted: 1, updated: 0, deleted: 0, rows: 1 },
  ]);
  expect(
    await run(
      `select table_name, inserted::int, updated::int, deleted::int, hour = (select date_trunc('hour', landed_at) from ops.batch where batch = 'b1') as "isNow"
       from ops.hour order by table_name`,
    ),
  ).toEqual([
    { table_name: 'orders', inserted: 7, updated: 3, deleted: 4, isNow: true },
    { table_name: 'pages', inserted: 1, updated: 0, deleted: 0, isNow: true },
  ]);
});

test('ops.schema_change has what arrived, left, or was renamed or retyped, and nothing for a table that is read again', async () => {
  const set = (columns: string) =>
    run(`update ops.position set shape = ${columns} where table_name = 'orders'`);
  const add = (columns: string) =>
    run(
      `insert into ops.position (source, table_name, rows, shape, changed_at) values ('shop', 'orders', 0, ${columns}, now())`,
    );
  await add(shape('id bigint', 'total bigint'));
  await set(shape('id bigint', 'total numeric'));
  await set(shape('id bigint', 'amount numeric'));
  await set(shape('id bigint', 'amount numeric', 'note text'));
  await set(shape('id bigint', 'note text'));
  // Marked to be read whole, and read again from scratch.
  await set(`'{"columns": []}'`);
  await set(shape('id bigint', 'note text'));
  await run(`delete from ops.position`);
  await add(shape('id bigint', 'note text'));
  await run(`delete from ops.position`);
  expect(
    await run('select column_name, change, before, after from ops.schema_change order by at, column_name'),
  ).toEqual([
    { column_name: null, change: 'arrived', before: null, after: null },
    { column_name: 'total', change: 'retyped', before: 'bigint', after: 'numeric' },
    { column_name: 'amount', change: 'renamed', before: 'total', after: 'amount' },
    { column_name: 'note', change: 'arrived', before: null, after: 'text' },
    { column_name: 'amount', change: 'left', before: 'numeric', after: null },
    { column_name: null, change: 'left', before: null, after: null },
  ]);
});
