import { unmatchedEverywhere } from '../../../client/tables/unmatched.ts';
import type { Unmatched } from '../../../model/choose-tables.ts';
import type { Config } from '../../../model/config.ts';
import { schedulesOnly } from '../../support/config.ts';

const url = { value: '' };
const config: Config = {
  ...schedulesOnly,
  sources: { a: { url }, b: { url }, own: { url, commonTables: false } },
  tables: { 'sales.*': { except: ['lgo', 'tmp'] } },
};
const line = 'sales.*';

const everywhere = (found: Record<string, Unmatched[]>) =>
  unmatchedEverywhere(config, new Map(Object.entries(found)));

test('only what stands for no table in every source that has its line is reported, once', () => {
  const tmp = { line, except: 'tmp' };
  const misspelt = { line, except: 'lgo', similar: 'log' };
  expect(everywhere({ a: [tmp, { line, except: 'lgo' }], b: [misspelt], own: [] })).toEqual([misspelt]);
  expect(everywhere({ a: [{ line }], b: [{ line }] })).toEqual([{ line }]);
});

test('a misspelt name is reported although a source has no table of its pattern', () => {
  const misspelt = { line, except: 'lgo', similar: 'log' };
  expect(everywhere({ a: [misspelt], b: [{ line }] })).toEqual([misspelt]);
});

test('nothing is reported of a line while one of its sources cannot be asked', () => {
  expect(everywhere({ a: [{ line }] })).toEqual([]);
});
