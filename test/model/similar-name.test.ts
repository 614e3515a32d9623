import { didYouMean, similarName } from '../../model/similar-name.ts';

test.each([
  ['maill', ['id', 'mail', 'name'], 'mail'],
  ['pasport', ['passport', 'phone'], 'passport'],
  ['EMIAL', ['email'], 'email'],
  ['iban', ['id', 'name', 'city'], undefined],
  ['a', ['b'], undefined],
  ['x', [], undefined],
])('%s among %j is probably %s', (given, names, similar) => {
  expect(similarName(given, names)).toBe(similar);
  expect(didYouMean(given, names)).toBe(similar === undefined ? '' : ` (did you mean ${similar}?)`);
});
