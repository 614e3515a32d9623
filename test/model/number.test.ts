import { formatCount, formatShort } from '../../model/number.ts';

test('a count has its noun in the singular or the plural', () => {
  expect([0, 1, 2_000].map((count) => formatCount(count, 'session'))).toEqual([
    '0 sessions',
    '1 session',
    '2,000 sessions',
  ]);
});

test.each([
  [0, '0'],
  [0.25, '0.3'],
  [950, '950'],
  [1_000, '1k'],
  [3_449, '3.4k'],
  [12_345, '12k'],
  [-3_400_000, '-3.4M'],
  [2e9, '2B'],
])('%d is short as %j', (value, text) => {
  expect(formatShort(value)).toBe(text);
});
