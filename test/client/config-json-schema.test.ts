import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { configJsonSchema } from '../../client/config-json-schema.ts';
import { packageRoot } from '../../activities/package-root.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tidehouse } from '../support/run-command.ts';

const example = exampleIn('docs/config.md');
const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

const place = { name: 'minsk', latitude: 53.893009, longitude: 27.567444, timezone: 'Europe/Minsk' };

function weather() {
  return { provider: 'openweather', api_key: '$OPENWEATHER_API_KEY', places: [place], folder: './weather' };
}

test.each(['README.md', 'docs/config.md'])("the config's JSON Schema accepts the example in %s", (page) => {
  expect(schema.safeParse(exampleIn(page))).toMatchObject({ success: true });
});

test.each([
  ['an unknown key', { colour: 'red' }],
  ['a source without its URL', { sources: { project_a: {} } }],
  ['a source with an invalid name', { sources: { 'project a': { url: '$A' } } }],
  ['no staging folder', { staging: undefined }],
  ['a place at latitude 91', { weather: { ...weather(), places: [{ ...place, latitude: 91 }] } }],
])('the JSON Schema rejects %s', (_, changed) => {
  const config = JSON.parse(JSON.stringify({ ...example, ...changed })) as unknown;
  expect(schema.safeParse(config).success).toBe(false);
});

test('the JSON Schema accepts a weather section', () => {
  expect(schema.safeParse({ ...example, weather: weather() })).toMatchObject({ success: true });
});

test('the command prints the JSON Schema without a config', async () => {
  const { code, stdout } = await tidehouse(['schema'], { folder: await temporaryFolder('schema') });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(configJsonSchema());
});

/** The first code block of a page that is a config. */
function exampleIn(page: string): Record<string, unknown> {
  const text = readFileSync(join(packageRoot, page), 'utf8');
  return parse(/```yaml\n(sources:[^]*?)```/.exec(text)![1]!) as Record<string, unknown>;
}
