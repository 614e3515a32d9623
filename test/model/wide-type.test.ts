import { commonType, holds, wideType } from '../../model/wide-type.ts';

test.each([
  ['smallint', 'bigint'],
  ['integer', 'bigint'],
  ['integer[]', 'bigint[]'],
  ['character varying', 'text'],
  ['bpchar', 'text'],
  ['name', 'text'],
  ['numeric', 'numeric'],
  ['timestamp without time zone', 'timestamp without time zone'],
  ['jsonb', 'jsonb'],
])('a new column for %s is %s', (type, wide) => {
  expect(wideType(type)).toBe(wide);
});

test('a column holds what has its own type or is narrower', () => {
  expect(holds('integer', 'integer')).toBe(true);
  expect(holds('bigint', 'integer')).toBe(true);
  expect(holds('text', 'character varying')).toBe(true);
  expect(holds('integer', 'bigint')).toBe(false);
  expect(holds('jsonb', 'text')).toBe(false);
  expect(holds('text', 'jsonb')).toBe(true);
});

test.each([
  ['bigint', 'integer', 'bigint'],
  ['bigint', 'numeric', 'numeric'],
  ['real', 'double precision', 'double precision'],
  ['date', 'timestamp without time zone', 'timestamp without time zone'],
  ['timestamp with time zone', 'date', 'timestamp with time zone'],
  ['jsonb', 'json', 'json'],
  ['integer[]', 'numeric[]', 'numeric[]'],
  ['integer[]', 'uuid[]', 'text[]'],
  ['numeric', 'double precision', 'text'],
  ['text', 'integer', 'text'],
  ['text[]', 'text', 'text'],
  ['boolean', 'bigint', 'text'],
])('what holds %s and %s is %s', (a, b, both) => {
  expect(commonType(a, b)).toBe(both);
  expect(commonType(b, a)).toBe(both);
});
