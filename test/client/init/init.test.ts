import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createActivities } from '../../../activities/index.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { configReader } from '../../../worker/config-reader.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { tidehouse } from '../../support/run-command.ts';
import { newBatch, syncOnce } from '../../support/sync-once.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Names that a config has to quote. */
const nastyNames = [
  'yes',
  'null',
  '1e3',
  'a: b',
  '# c',
  '- d',
  "it's",
  'a"b',
  'star*',
  'a.b',
  'line\nbreak',
  'all',
  '{e}',
];

test('init writes a config that works, without the URLs, and says what it leaves out; it overwrites nothing', async () => {
  const [shop, crm, warehouse] = [
    await freshDatabase('shop'),
    await freshDatabase('crm'),
    await freshDatabase('warehouse'),
  ];
  await query(
    shop.url,
    `create schema sales; create table sales.orders (id int primary key); insert into sales.orders values (1);
     create table sales_orders (id int primary key); create view latest as select * from sales.orders;
     create schema "a.*"; create table "a.*"."${'t'.repeat(62)}" (id int primary key);
     ${nastyNames.map((name) => `create table "${name.replaceAll('"', '""')}" ();`).join(' ')}`,
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

  // A list of its own, next to the common one and instead of it.
  const config = parse(text) as { sources: Record<string, object> };
  const lists = {
    [first!.name]: {
      ...config.sources[first!.name],
      tables: { 'sales.orders': { as: 'orders', key: ['id'] } },
    },
    [second!.name]: { ...config.sources[second!.name], tables: ['public.letters'], common_tables: false },
  };
  await writeFile(
    file,
    JSON.stringify({ ...config, sources: lists, tables: { 'sales_*': {}, 'people*': {} } }),
  );
  await query(
    crm.url,
    `create table letters (id int primary key); insert into letters values (1); insert into "people.of: it" values (3)`,
  );
  const own = [await syncOnce(activities, first!.name), await syncOnce(activities, second!.name)];
  expect(own.map(({ tables, heldBack }) => [Object.keys(tables), heldBack])).toEqual([
    [['orders', 'sales_orders'], undefined],
    [['letters'], undefined],
  ]);
  expect(
    await query(
      warehouse.url,
      'select project, id from clean.orders union all select project, id from clean.letters',
    ),
  ).toEqual([
    { project: first!.name, id: '1' },
    { project: second!.name, id: '1' },
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
  const same = await tidehouse(['init', shop.url, '$CRM'], {
    folder: await temporaryFolder('init'),
    env: { ...env, WAREHOUSE_URL: crm.url },
  });
  expect([same.code, same.stderr]).toEqual([
    2,
    expect.stringContaining(
      'WAREHOUSE_URL is the database of CRM, which is to be read. Create a database of its own',
    ),
  ]);
  const elsewhere = await temporaryFolder('init');
  const refused = await tidehouse(['init', `${shop.url}_misspelt`], { folder: elsewhere });
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/^Source "number 1": database ".*_misspelt" does not exist\..*\n$/),
  ]);
  for (const database of [shop, crm, warehouse]) await database.drop();
});

test('what a role lacks is named at once, and with the statements that init prints, run as printed, nothing is left out', async () => {
  const shop = await freshDatabase('shop');
  const role = `reader_${newBatch().replaceAll('-', '_')}`;
  await query(
    shop.url,
    `create role ${role} login password 'x'; create schema sales;
     create table sales.orders (id int primary key); create table sales.lines (id int primary key, note text);
     create table hidden (id int primary key); alter table hidden enable row level security;
     alter table sales.lines enable row level security; grant select (id) on sales.lines to ${role}`,
  );
  const url = new URL(shop.url);
  url.username = role;
  url.password = 'x';
  const written = async () => {
    const folder = await temporaryFolder('init');
    expect(await tidehouse(['init', '$SHOP_URL'], { folder, env: { SHOP_URL: url.href } })).toMatchObject({
      code: 0,
    });
    return readFile(join(folder, 'tidehouse.yaml'), 'utf8');
  };
  try {
    const first = await written();
    expect(first).toContain(
      `the role "${role}" is not allowed to read the columns note, xmin, and has no privilege on its schema sales, and sees only some of its rows, because of row-level security.`,
    );
    const statements = [...first.matchAll(/^ +# ((?:grant|alter) .*;)$/gm)].map(([, line]) => line!);
    expect(statements).toHaveLength(3);
    for (const line of statements) await query(shop.url, line);
    expect(await written()).toContain('    tables: all\n');
  } finally {
    await query(shop.url, `drop owned by ${role}; drop role ${role}`);
    await shop.drop();
  }
});
