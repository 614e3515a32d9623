import fc from 'fast-check';
import { isExact, matches, parsePattern, relationLabel } from '../../model/table-pattern.ts';

const choose = (text: string, relation: string) => {
  const [schema, name] = relation.split('|') as [string, string];
  return matches(parsePattern(text)!, { schema, name });
};

test.each([
  ['events', 'public|events', true],
  ['events', 'sales|events', false],
  ['sales.orders', 'sales|orders', true],
  ['*', 'public|anything', true],
  ['*', 'sales|orders', false],
  ['sales.*', 'sales|orders', true],
  ['sales.*', 'sales2|orders', false],
  ['public.log_*', 'public|log_2026', true],
  ['public.log_*', 'public|logs', false],
  ['*.orders', 'sales|orders', true],
  ['all', 'sales|orders', true],
  ['"a.b"', 'public|a.b', true],
  ['a.b', 'a|b', true],
  ['"a.b".c', 'a.b|c', true],
  ['sales."*"', 'sales|*', true],
  ['sales."*"', 'sales|orders', false],
  ['"all"', 'public|all', true],
  ['.hidden', 'public|.hidden', true],
  ['a(b)+', 'public|a(b)+', true],
  ['a/b.keys', 'a/b|keys', true],
])('%s and %s: %s', (text, relation, expected) => {
  expect(choose(text, relation)).toBe(expected);
});

test.each(['', 'ю'.repeat(32), 'x'.repeat(64), 'a\0b', `${'x'.repeat(64)}.t`])(
  '%j is not a table',
  (text) => {
    expect(parsePattern(text)).toBeUndefined();
  },
);

test('the label of any relation is a pattern for that relation alone', () => {
  const name = fc
    .string({
      minLength: 1,
      maxLength: 12,
      unit: fc.constantFrom('a', 'B', '.', '*', '"', '/', ' ', 'я', '%', '\\', '\n'),
    })
    .filter((text) => new TextEncoder().encode(text).length <= 63);
  fc.assert(
    fc.property(name, name, name, fc.constantFrom('public', undefined), (schema, table, other, usual) => {
      const relation = { schema: usual ?? schema, name: table };
      const pattern = parsePattern(relationLabel(relation))!;
      expect(isExact(pattern)).toBe(true);
      expect(matches(pattern, relation)).toBe(true);
      expect(matches(pattern, { ...relation, name: `${other}${table}` })).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});
