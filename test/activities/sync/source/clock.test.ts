import { comparedWith } from '../../../../activities/sync/source/clock.ts';

test.each([
  ['2026-11-24T15:00:00.250000Z', 10_800.25],
  ['2026-11-24T11:59:00.000000Z', -60],
])('a clock that says %s at 12:00:00 is %s seconds ahead', (takenAt, clockAhead) => {
  const now = { snapshot: { text: '', xmin: '', xmax: '', takenAt }, identity: {} as never };
  const compared = comparedWith(() => Date.parse('2026-11-24T12:00:00Z'), now);
  expect(compared.snapshot.clockAhead).toBe(clockAhead);
});
