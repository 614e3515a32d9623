import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { changeDayFile } from '../../../activities/weather/day-file.ts';
import { DamagedFile, decode, encode } from '../../../activities/weather/parquet.ts';
import type { Row } from '../../../activities/weather/parquet.ts';
import { withObservation } from '../../../activities/weather/rows.ts';
import { below, seededRandom } from '../../../local/demo/random.ts';
import { failureTypes } from '../../../model/failure.ts';
import { measures } from '../../../model/weather.ts';
import { numberedRow, numbersOf } from '../../support/numbered-row.ts';
import { startWriter } from '../../support/start-writer.ts';
import type { Writer } from '../../support/start-writer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { rowsOf } from '../../support/weather-files.ts';

const flips = Number(process.env['TIDEHOUSE_FLIPS'] ?? 200);
const kills = Number(process.env['TIDEHOUSE_WEATHER_KILLS'] ?? 25);
const seed = Number(process.env['TIDEHOUSE_WEATHER_SEED'] ?? Date.now() % 1e6);
const { columns } = measures.wind;

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);

/** The rows of the bytes, or nothing where they are damaged. */
function seen(bytes: Buffer): Promise<readonly Row[] | undefined> {
  return decode(columns, bytes).then(
    ({ rows }) => rows,
    (error: unknown) => {
      if (error instanceof DamagedFile) return undefined;
      throw error;
    },
  );
}

describe(`a file in which something was changed, seed ${seed},`, () => {
  const rows = numbers(24).map(numberedRow);

  test(`one byte of it, ${flips} times, has the same rows or is known to be damaged`, async () => {
    const bytes = await encode(columns, rows);
    const random = seededRandom(seed);
    let known = 0;
    for (let n = 0; n < flips; n++) {
      const flipped = Buffer.from(bytes);
      const at = below(bytes.length, random);
      flipped[at] = flipped[at]! ^ (1 + below(255, random));
      const found = await seen(flipped);
      if (found === undefined) known++;
      else expect({ at, now: flipped[at], found }).toEqual({ at, now: flipped[at], found: rows });
    }
    // Most bytes mean something.
    expect(known).toBeGreaterThan(flips / 3);
  }, 600_000);

  test('its end, wherever it now is, is known to be damaged', async () => {
    const bytes = await encode(columns, rows);
    for (let length = 0; length < bytes.length; length += Math.ceil(bytes.length / 30))
      expect(await seen(bytes.subarray(0, length))).toBeUndefined();
  });

  test('a stretch of it that became zeros has the same rows or is known to be damaged', async () => {
    const bytes = await encode(columns, rows);
    for (let at = 0; at < bytes.length; at += 64) {
      const found = await seen(Buffer.from(bytes).fill(0, at, Math.min(at + 64, bytes.length)));
      if (found !== undefined) expect(found).toEqual(rows);
    }
  });
});

describe('attempts at one file at the same time', () => {
  test('are each told what became of them: what is said to be written is there, once', async () => {
    const folder = await temporaryFolder('attempts');
    const { signal } = new AbortController();
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(40), { minLength: 2, maxLength: 6 }), async (delays) => {
        const path = join(folder, 'wind_data', `${++serial}.parquet`);
        const attempts = await Promise.allSettled(
          delays.map(async (delay, number) => {
            for (let turn = 0; turn < delay; turn++) await new Promise(setImmediate);
            await changeDayFile(path, 'wind', signal, (rows) => withObservation(rows, numberedRow(number)));
            return number;
          }),
        );
        const written = attempts.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
        for (const each of attempts)
          if (each.status === 'rejected') expect(each.reason).toMatchObject({ type: failureTypes.fileMoved });
        const there = written.length > 0 ? numbersOf(await rowsOf(path, 'wind')) : [];
        expect(there).toEqual(written);
        expect((await readdir(dirname(path))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('that are tried again all come to be written', async () => {
    const path = join(await temporaryFolder('attempts'), 'wind_data', 'all.parquet');
    const { signal } = new AbortController();
    const attempt = async (number: number): Promise<void> => {
      try {
        await changeDayFile(path, 'wind', signal, (rows) => withObservation(rows, numberedRow(number)));
      } catch (error) {
        expect(error).toMatchObject({ type: failureTypes.fileMoved });
        return attempt(number);
      }
    };
    await Promise.all(numbers(6).map(attempt));
    expect(numbersOf(await rowsOf(path, 'wind'))).toEqual(numbers(6));
  });

  test('one of which was frozen at any moment and woke up later, lose and double no row', async () => {
    const path = join(await temporaryFolder('frozen'), 'wind_data', 'frozen.parquet');
    const random = seededRandom(seed);
    const writers = [startWriter(), startWriter()] as const;
    const rows = 40;
    try {
      await new Promise<void>((resolve) => {
        let frozen: { readonly writer: Writer; thawAt: number } | undefined;
        const heard = (me: Writer, other: Writer) => () => {
          if (frozen && other.said.length + me.said.length >= frozen.thawAt) {
            frozen.writer.thaw();
            frozen = undefined;
          }
          if (me.said.length === rows && other.said.length === rows) resolve();
          // The one that has been heard is at its next row by now, wherever that is.
          if (frozen || other.said.length >= rows - 5 || me.said.length === rows || random() < 0.5) return;
          me.freeze();
          frozen = { writer: me, thawAt: me.said.length + other.said.length + 1 + below(4, random) };
        };
        const [a, b] = writers;
        a.begin({ path, first: 0, step: 2, rows }, heard(a, b));
        b.begin({ path, first: 1, step: 2, rows }, heard(b, a));
      });
      expect(numbersOf(await rowsOf(path, 'wind'))).toEqual(numbers(2 * rows));
    } finally {
      for (const writer of writers) await writer.kill();
    }
  });
});

test(
  `a writer that is killed ${kills} times at any moment leaves each row that it wrote, once, seed ${seed}`,
  async () => {
    const folder = await temporaryFolder('killed');
    const random = seededRandom(seed);
    let next = startWriter();
    try {
      let path = '';
      let there: number[] = [];
      for (let n = 0; n < kills; n++) {
        const writer = next;
        next = startWriter();
        // Files are of a day, and short.
        if (n % 10 === 0) {
          path = join(folder, `${n}`, 'wind.parquet');
          there = [];
          await mkdir(dirname(path));
        }
        const wanted = 1 + below(4, random);
        await new Promise<void>((resolve) => {
          writer.begin({ path, first: there.length, step: 1 }, () => {
            if (writer.said.length === wanted) resolve();
          });
        });
        // Half-way through a row, somewhere.
        await setTimeout(random() * 12);
        await writer.kill();
        const before = there.length;
        there = numbersOf(await rowsOf(path, 'wind'));
        expect(there).toEqual(numbers(there.length));
        const said = before + writer.said.length;
        expect([said, said + 1]).toContain(there.length);
        if (n % 10 === 9) await rm(dirname(path), { recursive: true });
      }
    } finally {
      await next.kill();
    }
  },
  kills * 5_000 + 60_000,
);

test('what a killed writer left is cleared away by the next', async () => {
  const path = join(await temporaryFolder('left'), 'wind.parquet');
  const { signal } = new AbortController();
  await changeDayFile(path, 'wind', signal, () => [numberedRow(0)]);
  const bytes = await readFile(path);
  const left = join(dirname(path), '.wind.parquet.0123456789ab.tmp');
  await writeFile(left, bytes.subarray(0, 100));
  expect(numbersOf(await rowsOf(path, 'wind'))).toEqual([0]);
  await changeDayFile(path, 'wind', signal, (rows) => withObservation(rows, numberedRow(1)));
  expect(await readdir(dirname(path))).toEqual(['wind.parquet']);
});
