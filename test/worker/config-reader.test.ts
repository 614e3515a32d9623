import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../model/config.ts';
import { configReader } from '../../worker/config-reader.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const secrets = `sources:
  shop: { url: { file: secrets/shop } }
  crm: { url: { file: secrets/crm } }
  billing: { url: { file: secrets/billing } }
  stock: { url: $STOCK_URL }
warehouse: { url: { file: secrets } }
staging: ./staging
tables: all
alerts: { ping: { file: secrets/ping } }
`;

async function readerOf(text: string, env = {}) {
  const folder = await temporaryFolder('config-reader');
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets', 'shop'), 'postgres://reader:hunter2@db/shop\n');
  await writeFile(join(folder, 'secrets', 'billing'), '\n');
  await writeFile(join(folder, 'tidehouse.yaml'), text);
  const reader = configReader(join(folder, 'tidehouse.yaml'), env);
  const errors = await reader.read().then(
    () => [],
    (error: unknown) => (error as ConfigError).errors.map((each) => each.replaceAll(`${folder}/`, '')),
  );
  return { reader, errors };
}

test('an invalid config is reported with its variables that are not set and its files of secrets that cannot be read', async () => {
  const { errors } = await readerOf(`${secrets}colour: red\n`);
  expect(errors).toEqual([
    'tidehouse.yaml:10: colour: unknown key; remove it or correct its name',
    expect.stringMatching(
      /^tidehouse\.yaml:5: sources\.stock\.url: the environment variable STOCK_URL is not set; /,
    ),
    expect.stringMatching(
      /^tidehouse\.yaml:3: sources\.crm\.url: the secret file secrets\/crm cannot be read \(ENOENT\); create it /,
    ),
    'tidehouse.yaml:4: sources.billing.url: the secret file secrets/billing is empty; write the secret into it.',
    expect.stringMatching(
      /^tidehouse\.yaml:6: warehouse\.url: the secret file secrets cannot be read \(EISDIR\); /,
    ),
    expect.stringMatching(/^tidehouse\.yaml:9: alerts\.ping: the secret file secrets\/ping cannot be read /),
  ]);
});

test('a file of a secret that cannot be read does not make a config invalid: only what needs the secret fails', async () => {
  const { reader, errors } = await readerOf(secrets, { STOCK_URL: 'postgres://reader@db/stock' });
  expect(errors).toEqual([]);
  const { sources } = await reader.read();
  expect(await reader.reveal(sources['shop']!.url)).toBe('postgres://reader:hunter2@db/shop');
  await expect(reader.reveal(sources['crm']!.url)).rejects.toThrow(ConfigError);
});
