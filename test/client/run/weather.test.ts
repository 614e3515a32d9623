import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hourMs, hoursOfDay, localDay, localHour } from '../../../model/local-hour.ts';
import { changeDayFile } from '../../../activities/weather/day-file.ts';
import { dayFileOf } from '../../../activities/weather/read-day-file.ts';
import { rowOf } from '../../../activities/weather/rows.ts';
import { measureNames } from '../../../model/weather.ts';
import { freshDatabase } from '../../support/postgres.ts';
import type { FreshDatabase } from '../../support/postgres.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { minsk } from '../../support/weather-config.ts';
import { observationAt } from '../../support/weather-files.ts';
import { nowhere, tidehouse } from '../../support/run-command.ts';

let warehouse: FreshDatabase;
let folder: string;

const config = (weather: string) => `
sources: { project_a: { url: postgres://reader@${nowhere}/shop } }
warehouse: { url: $WAREHOUSE_URL }
staging: ./staging
tables: { events: {} }
${weather}
`;
const place = JSON.stringify(minsk);

beforeAll(async () => {
  warehouse = await freshDatabase('warehouse');
  folder = await temporaryFolder('commands');
  const usual = `provider: open-meteo, places: [${place}]`;
  for (const [name, weather] of Object.entries({
    usual: `weather: { ${usual}, folder: ./weather }`,
    none: '',
    placeless: 'weather: { provider: open-meteo, places: [], folder: ./weather }',
    off: `weather: { ${usual}, folder: ./weather, history: off }`,
    file: `weather: { ${usual}, folder: ./usual.yaml }`,
  }))
    await writeFile(join(folder, `${name}.yaml`), config(weather));
  expect((await run('usual', 'migrate')).code).toBe(0);
});
afterAll(() => warehouse.drop());

const run = (name: string, ...args: string[]) =>
  tidehouse(['--config', `${name}.yaml`, ...args], { folder, env: { WAREHOUSE_URL: warehouse.url } });

test.each([
  ['usual', ['--place', 'atlantis'], 'place "atlantis": not in the config, which has minsk.'],
  ['usual', ['--to', '2026-11-20'], '--to requires --from'],
  ['usual', ['--from', 'yesterday'], '--from takes a day (2026-11-24) or an instant'],
  ['usual', ['--from', '2026-02-30'], 'not "2026-02-30"'],
  ['usual', ['--from', '2026-11-20T10:00:00'], '--from takes a day'],
  ['usual', ['--from', '2026-11-20', '--to', 'soon'], '--to takes a day'],
  ['usual', ['--from', '2026-11-20', '--to', '2026-11-19'], '--to 2026-11-19 is before --from 2026-11-20'],
  ['usual', ['--from', '2999-01-01'], '--from 2999-01-01 is in the future'],
  ['off', ['--from', '2026-11-20'], 'the config has weather.history: off'],
  ['none', [], 'The config has no place. Add one under weather.places'],
  ['placeless', [], 'The config has no place. Add one under weather.places'],
  ['usual', ['minsk'], 'too many arguments'],
] as const)('with the config "%s", weather %j ends with 2 and says why', async (name, args, sentence) => {
  const { code, stdout, stderr } = await run(name, 'weather', ...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toMatch(/^ +at /m);
});

test('weather without Temporal exits with 3', async () => {
  const { code, stderr } = await run('usual', 'weather', '--from', '2026-11-20T10:00:00Z');
  expect(code).toBe(3);
  expect(stderr).toContain(`Temporal at ${nowhere} cannot be reached`);
});

test('status shows the hours in the weather files per day, and the last observation', async () => {
  const yesterday = localDay(minsk.timezone, Date.now() - 24 * hourMs);
  const times = hoursOfDay(minsk.timezone, yesterday).slice(0, 20);
  for (const measure of measureNames)
    await changeDayFile(
      dayFileOf(join(folder, 'weather'), minsk.name, measure, yesterday),
      new AbortController().signal,
      // An hour counts only if both files have it.
      () =>
        times
          .slice(measure === 'wind' ? 1 : 0)
          .map((time) => rowOf(measure, observationAt(new Date(time).toISOString()))),
    );
  const { stdout } = await run('usual', 'status', '--json');
  const { weather } = JSON.parse(stdout) as { weather: { day: string; of: number }[] };
  expect(weather).toHaveLength(3);
  expect(weather[1]).toEqual({
    place: 'minsk',
    day: yesterday,
    hours: 19,
    of: 24,
    last: new Date(localHour(minsk.timezone, times.at(-1)!)).toISOString(),
  });
  expect(weather[0]!.of).toBeLessThanOrEqual(24);
  expect((await run('usual', 'status')).stdout).toMatch(
    new RegExp(`minsk +${yesterday} +19 of 24 +\\d{4}-\\d\\d-\\d\\d \\d\\d:00:00 UTC`),
  );
});

test('an unreadable weather folder is reported in one sentence, and status shows the rest', async () => {
  const { code, stdout, stderr } = await run('file', 'status');
  expect(code).not.toBe(0);
  expect(stdout).toContain('complete through');
  expect(stderr).not.toContain('Unexpected error');
});
