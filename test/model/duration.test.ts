import { formatDuration, formatElapsed, parseDuration } from '../../model/duration.ts';

test.each([
  ['1s', 1_000],
  ['30s', 30_000],
  ['10m', 600_000],
  [' 1h ', 3_600_000],
  ['2 d', 172_800_000],
])('%j is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '10', '10 minutes', '1.5h', '-1m', '0s', '1h30m', 'm', '1M', '3651d'])(
  '%j is not a duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  [-3, '0 s'],
  [0, '0 s'],
  [0.6, '1 s'],
  [60, '1 min'],
  [102, '1 min 42 s'],
  [599, '9 min 59 s'],
  [600, '10 min'],
  [629, '10 min'],
  [120, '2 min'],
  [3_569, '59 min'],
  [3_599, '1 h'],
  [5_400, '1 h 30 min'],
  [7_500, '2 h 5 min'],
  [86_400, '24 h'],
  [93_780, '26 h 3 min'],
  [172_799, '2 d'],
  [172_800, '2 d'],
  [349_200, '4 d 1 h'],
])('%d seconds are formatted as %j', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('tenths of a second are shown below ten seconds', () => {
  expect([0.84, 3.2, 42.3, 180].map(formatElapsed)).toEqual(['0.8 s', '3.2 s', '42 s', '3 min']);
});
