import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openHost, shop } from '../../support/host.ts';
import type { Host } from '../../support/host.ts';
import { tidehouse } from '../../support/run-command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let host: Host;
let folder: string;

beforeAll(async () => {
  host = await openHost({ ddl: 'create table t (id integer primary key)', tables: { t: {} } });
  folder = await temporaryFolder('accept');
  const config = {
    sources: { [shop]: { url: host.url } },
    warehouse: { url: host.warehouseUrl },
    staging: host.staging,
    tables: { t: {} },
  };
  await writeFile(join(folder, 'tidehouse.yaml'), JSON.stringify(config));
});
afterAll(() => host.close());

const accept = (...args: string[]) =>
  tidehouse(['--config', 'tidehouse.yaml', 'accept', ...args], { folder });
const state = async () => (await host.warehouse.query('select * from ops.source')).rows as unknown[];

test('a source that is the one read before, or has not landed yet, has nothing to accept', async () => {
  expect(await accept(shop, '--yes')).toMatchObject({
    code: 0,
    stdout: 'There is nothing to accept: shop has not landed yet.\n',
  });
  await host.land();
  const before = await state();
  const { code, stdout } = await accept(shop, '--yes');
  expect([code, stdout]).toEqual([
    0,
    'There is nothing to accept: shop is the server and the database read before.\n',
  ]);
  expect(await state()).toEqual(before);
});

test('a source that is not in the config is named, with those that are', async () => {
  const { code, stderr } = await accept('shoop', '--yes');
  expect([code, stderr]).toEqual([2, expect.stringMatching(/shoop.*shop/s)]);
});

test('what was and what is is shown, and nothing changes without an answer', async () => {
  await host.warehouse.query(`update ops.source set system_identifier = '1'`);
  const before = await state();
  const { code, stdout, stderr } = await accept(shop);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/system identifier +1 +\d{10,}\n/);
  expect(stderr).toContain('There is nobody to answer: add --yes.');
  expect(await state()).toEqual(before);
});
