import { checkClock } from '../../../client/doctor/clock.ts';

const sent = Date.parse('2026-11-24T12:00:00Z');
const check = (takenAt: string) => {
  const { outcome, detail } = checkClock('shop', takenAt, sent, sent + 2_000);
  return `${outcome}: ${detail}`;
};

test.each(['2026-11-24T12:00:01.000000Z', '2026-11-24T11:59:00.000000Z', '2026-11-24T12:01:02.000000Z'])(
  'a clock that says %s at 12:00:00 agrees',
  (takenAt) => {
    expect(check(takenAt)).toBe('ok: agrees with that of this machine');
  },
);

test.each([
  ['2026-11-24T15:00:02.000000Z', 'ahead of'],
  ['2026-11-24T09:00:00.000000Z', 'behind'],
])('a clock that says %s at 12:00:00 is reported as three hours %s', (takenAt, direction) => {
  expect(check(takenAt)).toBe(
    `warning: it is 3 h ${direction} that of this machine, and so is complete_through`,
  );
});
