import { identList, qualified, quoteIdent } from '../../model/identifier.ts';

test.each([
  ['events', '"events"'],
  ['Order Lines', '"Order Lines"'],
  ['quo"ted', '"quo""ted"'],
  ['"', '""""'],
  ['semi; drop table x --', '"semi; drop table x --"'],
  ['back\\slash', '"back\\slash"'],
])('%j is quoted as %j', (name, quoted) => {
  expect(quoteIdent(name)).toBe(quoted);
});

test('a name with a NUL, which Postgres cannot store, is rejected', () => {
  expect(() => quoteIdent('a\0b')).toThrow('NUL');
});

test('schema and name are quoted separately', () => {
  expect(qualified('cle"an', 'a.b')).toBe('"cle""an"."a.b"');
});

test('each name in a list has the prefix', () => {
  expect(identList(['a', 'b c'])).toBe('"a", "b c"');
  expect(identList(['a', 'b c'], 't.')).toBe('t."a", t."b c"');
  expect(identList([])).toBe('');
});
