import { equal, openHost, shop } from '../../support/host.ts';
import type { Host } from '../../support/host.ts';

let host: Host;

beforeAll(async () => {
  host = await openHost({
    ddl: `create table orders (id int primary key, total int);
          create table marked (id int primary key, total int);
          create table kept (id int primary key, total int)`,
    tables: { orders: {}, marked: { deletes: 'mark' }, kept: { deletes: 'keep' } },
  });
});
afterAll(() => host.close());

const quarantine = (...args: string[]) => host.tidehouse('quarantine', ...args);

test('rows in quarantine are counted without their values, shown, and tried again', async () => {
  await host.land();
  await host.warehouse.query('alter table clean.orders add constraint positive check (total > 0)');
  await host.app.query('insert into orders values (1, 1), (2, -77)');
  await host.land();

  const listed = await quarantine('list');
  expect(listed).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/shop +orders +1 .*"positive"/) as string,
  });
  expect(listed.stdout).not.toContain('77');
  const shown = await quarantine('show', shop, 'orders');
  expect(shown).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\n2 +3 +2,-77 .*"positive"/) as string,
  });

  for (const args of [
    ['list', '--source', 'shpo'],
    ['show', 'shpo', 'orders'],
    ['retry', 'shpo'],
  ])
    expect(await quarantine(...args)).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: 'source "shpo": not in the config, which has shop.\n',
    });
  for (const args of [
    ['show', shop, 'order'],
    ['retry', shop, '--table', 'order'],
  ])
    expect(await quarantine(...args)).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: 'No table order of shop has landed; the tables that have: kept, marked, orders.\n',
    });

  await host.warehouse.query('alter table clean.orders drop constraint positive');
  expect(await quarantine('retry', shop)).toMatchObject({
    code: 0,
    stdout: 'The next run reads orders whole. To read it now: tidehouse sync --source shop\n',
  });
  await host.land();
  expect(await host.difference('orders')).toEqual(equal);
  expect((await quarantine('list')).stdout).toBe('No row is in quarantine.\n');
});

test('a row in quarantine keeps its earlier version when its table is read whole, and is not marked as deleted', async () => {
  const tables = ['kept', 'marked', 'orders'];
  const positions = async () => {
    const { rows } = await host.warehouse.query<Record<'table' | 'rows' | 'difference' | 'older', string>>(
      `select table_name as table, rows, difference,
              (select count(*) from ops.quarantine q where q.table_name = p.table_name and not missing) as older
       from ops.position p order by 1`,
    );
    return rows;
  };
  /** The keys in clean, those marked as deleted with a minus. */
  const keysOf = async (table: string) => {
    const { rows } = await host.warehouse.query<{ keys: string }>(
      `select string_agg(case when to_jsonb(t) ->> 'deleted_at' is null then '' else '-' end || id, ' ' order by id) as keys
       from clean.${table} t`,
    );
    return rows[0]!.keys;
  };

  for (const table of tables)
    await host.app.query(`delete from ${table}; insert into ${table} values (1, 1), (2, 2), (3, 3)`);
  await host.land();
  for (const table of tables) {
    await host.warehouse.query(`alter table clean.${table} add constraint positive check (total > 0)`);
    await host.app.query(`update ${table} set total = -1 where id = 1; delete from ${table} where id = 3`);
  }
  await host.land();
  await quarantine('retry', shop);
  const { tables: landed } = await host.land();
  expect(landed['marked']).toMatchObject({ extracted: 2, deleted: 0 });
  expect(await positions()).toEqual(
    tables.map((table) => ({ table, rows: '2', difference: '0', older: '1' })),
  );
  expect(await Promise.all(tables.map(keysOf))).toEqual(['1 2 3', '1 2 -3', '1 2']);

  await host.app.query('insert into marked values (3, -3)');
  await host.land();
  expect((await positions())[1]).toEqual({ table: 'marked', rows: '2', difference: '0', older: '1' });
  expect(await keysOf('marked')).toBe('1 2 -3');
});
