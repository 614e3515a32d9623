import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createActivities } from '../../../activities/index.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { configReader } from '../../../worker/config-reader.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { tidehouse } from '../../support/run-command.ts';
import { syncOnce } from '../../support/sync-once.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('init writes a config that works, without the URLs, and says what it leaves out; it overwrites nothing', async () => {
  const [shop, crm, warehouse] = [
    await freshDatabase('shop'),
    await freshDatabase('crm'),
    await freshDatabase('warehouse'),
  ];
  await query(
    shop.url,
    `create schema sales; create table sales.orders (id int primary key); insert into sales.orders values (1);
     create table sales_orders (id int primary key); create view latest as select * from sales.orders`,
  );
  await query(
    crm.url,
    `create table "people.of: it" (id int primary key); insert into "people.of: it" values (1), (2)`,
  );
  const folder = await temporaryFolder('init');
  const env = { CRM: crm.url, WAREHOUSE_URL: warehouse.url };
  const { code, stdout } = await tidehouse(['init', shop.url, '$CRM', '--json'], { folder, env });
  const { sources } = JSON.parse(stdout) as { sources: { name: string; variable: string }[] };
  const [first, second] = sources;
  expect([code, second!.variable]).toEqual([0, 'CRM']);

  const file = join(folder, 'tidehouse.yaml');
  const text = await readFile(file, 'utf8');
  expect(text).not.toContain('://');
  expect(text).toContain(
    `          # it would land in clean.sales_orders, as sales_orders does. Give it another name in the config: sales.orders: { as: another_name }.\n          - sales.orders\n`,
  );
  expect(text).toContain('# public.latest\n');

  const all = { ...env, [first!.variable]: shop.url };
  const migrated = await tidehouse(['--config', 'tidehouse.yaml', 'migrate'], { folder, env: all });
  expect(migrated.code).toBe(0);
  const activities = createActivities({
    config: configReader(file, all),
    timeouts: { ...defaultTimeouts, newLeafMs: 0 },
  });
  const landed = [await syncOnce(activities, first!.name), await syncOnce(activities, second!.name)];
  expect(landed.map(({ tables, heldBack }) => [Object.keys(tables), heldBack])).toEqual([
    [['sales_orders'], undefined],
    [['people.of: it'], undefined],
  ]);

  await writeFile(file, 'mine');
  const again = await tidehouse(['init', '$CRM'], { folder, env });
  expect([again.code, again.stderr]).toEqual([
    1,
    expect.stringContaining('exists already, and is not overwritten'),
  ]);
  expect(await readFile(file, 'utf8')).toBe('mine');
  expect(
    (await tidehouse(['init', 'mysql://x:hunter2@y'], { folder: await temporaryFolder('init') })).code,
  ).toBe(2);
  for (const database of [shop, crm, warehouse]) await database.drop();
});
