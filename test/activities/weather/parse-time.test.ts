import { parseTime } from '../../../activities/weather/parse-time.ts';

const time = Date.parse('2026-11-24T10:20:30Z');
const minute = Date.parse('2026-11-24T10:20:00Z');

test.each<[unknown, number | undefined]>([
  [new Date(time), time],
  [time / 1000, time],
  [time, time],
  [BigInt(time) * 1_000n, time],
  [BigInt(time) * 1_000_000n, time],
  [String(time / 1000), time],
  [`${time / 1000}.25`, time + 250],
  ['2026-11-24 10:20:30', time],
  ['2026-11-24T10:20:30Z', time],
  ['2026-11-24t10:20:30z', time],
  ['2026-11-24 10:20:30 UTC', time],
  ['2026-11-24 13:20:30+03:00', time],
  ['2026-11-24T13:20:30+0300', time],
  ['2026-11-24 13:20:30+03', time],
  ['2026-11-24 06:50:30-03:30', time],
  ['2026-11-24 10:20:30.123456+00:00', time + 123],
  ['20261124T102030Z', time],
  ['2026/11/24 10:20:30', time],
  ['24.11.2026 10:20:30', time],
  ['2026-11-24 10:20', minute],
  ['2026-11-24T13:20+03:00', minute],
  ['24.11.2026 10:20', minute],
  ['2026-11-24', Date.parse('2026-11-24')],
  ['2026-13-24 10:20', undefined],
  ['11/24/2026 10:20', undefined],
  ['this morning', undefined],
  ['', undefined],
  [null, undefined],
  [NaN, undefined],
  [1e300, undefined],
])('%s is read as %s', (value, expected) => {
  expect(parseTime(value)).toBe(expected);
});
