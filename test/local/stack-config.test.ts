import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { writeHouseConfig } from '../../local/stack-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const where = {
  sources: { project_a: 'postgres://reader@127.0.0.1:1/project_a' },
  warehouse: 'postgres://owner:secret@127.0.0.1:2/analytics',
  temporalAddress: '127.0.0.1:3',
  weather: { provider: 'open-meteo', places: [], folder: './weather' },
};

test('what people have added to the config of a house is there at the next start', async () => {
  const folder = await temporaryFolder('house');
  const { configFile } = await writeHouseConfig(folder, { ...where, webUi: 'http://127.0.0.1:4' });
  const config = parse(await readFile(configFile, 'utf8')) as Record<string, object>;
  const telegram = { token: { file: 'secrets/telegram' }, chat: -100 };
  await writeFile(
    configFile,
    stringify({
      ...config,
      sources: { ...config['sources'], shop: { url: { file: 'secrets/shop' } } },
      alerts: { ...config['alerts'], telegram },
      schedules: { sync: '1m' },
    }),
  );
  await writeHouseConfig(folder, { ...where, webUi: 'http://127.0.0.1:5' });
  expect(parse(await readFile(configFile, 'utf8'))).toMatchObject({
    sources: { project_a: { url: { file: 'secrets/project_a' } }, shop: { url: { file: 'secrets/shop' } } },
    alerts: { telegram, web_ui: 'http://127.0.0.1:5' },
    schedules: { sync: '1m' },
    weather: where.weather,
  });
});

test('a config of a house that is no YAML any more is written anew', async () => {
  const folder = await temporaryFolder('house');
  await writeFile(join(folder, 'tidehouse.yaml'), 'a: [');
  const { configFile } = await writeHouseConfig(folder, where);
  expect(parse(await readFile(configFile, 'utf8'))).toMatchObject({ staging: './staging' });
});
