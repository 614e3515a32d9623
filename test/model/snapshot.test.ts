import { canSweep, nothingChanged } from '../../model/snapshot.ts';
import type { Snapshot } from '../../model/snapshot.ts';

function snapshot(text: string): Snapshot {
  const [xmin, xmax] = text.split(':');
  return { text, xmin: xmin!, xmax: xmax!, takenAt: '2024-01-01T00:00:00.000000Z' };
}

test.each([
  ['no transaction ended since', '760:760:', '760:760:', true],
  ['one committed since', '760:760:', '761:761:', false],
  ['one was open the whole time', '764:766:764', '764:766:764', false],
  ['one was open and has ended', '764:766:764', '766:766:', false],
  ['one that was open is visible, with the same xmin', '760:762:760,761', '760:762:760', false],
  ['beyond 32 bits', '4295000000:4295000000:', '4295000000:4295000000:', true],
  ['the same 32 bits of another epoch', '760:760:', '4294968056:4294968056:', false],
])('nothing changed: %s', (_title, last, now, unchanged) => {
  expect(nothingChanged(snapshot(last), snapshot(now))).toBe(unchanged);
});

test.each([
  ['the next transaction', '760:760:', '761:761:', true],
  ['a distance of 2^30', '1000:1000:', `${1000 + 2 ** 30}:${1000 + 2 ** 30}:`, true],
  ['one more than 2^30', '1000:1000:', `${1001 + 2 ** 30}:${1001 + 2 ** 30}:`, false],
  [
    'an old transaction that makes the last snapshot reach far back',
    '1000:1073742000:1000',
    '1073743000:1073743000:',
    false,
  ],
  ['2^32, where 32 bits would be equal', '1000:1000:', `${1000 + 2 ** 32}:${1000 + 2 ** 32}:`, false],
])('a sweep can order two snapshots: %s', (_title, last, now, can) => {
  expect(canSweep(snapshot(last), snapshot(now))).toBe(can);
});
