import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { writeStackConfig } from '../../local/stack-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const where = {
  sources: { project_a: 'postgres://reader@127.0.0.1:1/project_a' },
  warehouse: 'postgres://owner:secret@127.0.0.1:2/analytics',
  temporalAddress: '127.0.0.1:3',
  weather: { provider: 'open-meteo', places: [], folder: './weather' },
};

test('additions to the config of a local stack are kept at the next start', async () => {
  const folder = await temporaryFolder('stack');
  const { configFile } = await writeStackConfig(folder, { ...where, webUi: 'http://127.0.0.1:4' });
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
  await writeStackConfig(folder, { ...where, webUi: 'http://127.0.0.1:5' });
  expect(parse(await readFile(configFile, 'utf8'))).toMatchObject({
    sources: { project_a: { url: { file: 'secrets/project_a' } }, shop: { url: { file: 'secrets/shop' } } },
    alerts: { telegram, web_ui: 'http://127.0.0.1:5' },
    schedules: { sync: '1m' },
    weather: where.weather,
  });
});

test('a config of a local stack that is no longer YAML is written from scratch', async () => {
  const folder = await temporaryFolder('stack');
  await writeFile(join(folder, 'tidehouse.yaml'), 'a: [');
  const { configFile } = await writeStackConfig(folder, where);
  expect(parse(await readFile(configFile, 'utf8'))).toMatchObject({ staging: './staging' });
});
