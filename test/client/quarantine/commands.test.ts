import { equal, openHost, shop } from '../../support/host.ts';
import type { Host } from '../../support/host.ts';

let host: Host;

beforeAll(async () => {
  host = await openHost({
    ddl: 'create table orders (id int primary key, total int)',
    tables: { orders: {} },
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
      stderr: 'No table order of shop has landed; the tables that have: orders.\n',
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
