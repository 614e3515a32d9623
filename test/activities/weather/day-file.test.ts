import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { changeDayFile } from '../../../activities/weather/day-file.ts';
import { DamagedFile } from '../../../activities/weather/damaged-file.ts';
import { decode } from '../../../activities/weather/parquet.ts';
import { encode } from '../../../activities/weather/parquet-writer.ts';
import type { Row } from '../../../activities/weather/parquet.ts';
import { withObservation } from '../../../activities/weather/rows.ts';
import { below, seededRandom } from '../../../local/demo/random.ts';
import { failureTypes } from '../../../model/failure.ts';
import { measures } from '../../../model/weather.ts';
import { numberedRow, numbersOf, windFile } from '../../support/numbered-row.ts';
import { startWriter } from '../../support/start-writer.ts';
import type { Writer } from '../../support/start-writer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { rowsOf } from '../../support/weather-files.ts';

const flips = Number(process.env['TIDEHOUSE_FLIPS'] ?? 200);
const kills = Number(process.env['TIDEHOUSE_WEATHER_KILLS'] ?? 25);
const seed = Number(process.env['TIDEHOUSE_WEATHER_SEED'] ?? Date.now() % 1e6);
const { columns } = measures.wind;

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);

/** The rows in the bytes; undefined when these are recognized as damaged. */
function rowsOrDamaged(bytes: Buffer): Promise<readonly Row[] | undefined> {
  return decode(columns, bytes).then(
    ({ rows }) => rows,
    (error: unknown) => {
      if (error instanceof DamagedFile) return undefined;
      throw error;
    },
  );
}

describe(`a changed file (seed ${seed})`, () => {
  const rows = numbers(24).map(numberedRow);
  // The position of the writer's name: without it the file counts as another program's, with the same rows.
  const footerBytes = 64;

  test(`with one changed byte is recognized as damaged, ${flips} times`, async () => {
    const bytes = await encode(columns, rows);
    const random = seededRandom(seed);
    for (let n = 0; n < flips; n++) {
      const flipped = Buffer.from(bytes);
      const at = below(bytes.length, random);
      flipped[at] = flipped[at]! ^ (1 + below(255, random));
      const found = await rowsOrDamaged(flipped);
      const allowed = at < bytes.length - footerBytes ? [undefined] : [undefined, rows];
      expect(allowed.map((each) => ({ at, found: each }))).toContainEqual({ at, found });
    }
  }, 600_000);

  test('that was cut short is recognized as damaged', async () => {
    const bytes = await encode(columns, rows);
    for (let length = 0; length < bytes.length; length += Math.ceil(bytes.length / 30))
      expect(await rowsOrDamaged(bytes.subarray(0, length))).toBeUndefined();
  });

  test('with a range of zeroed bytes is recognized as damaged', async () => {
    const bytes = await encode(columns, rows);
    for (let at = 0; at < bytes.length; at += 64) {
      const end = Math.min(at + 64, bytes.length);
      const zeroed = Buffer.from(bytes).fill(0, at, end);
      const found = await rowsOrDamaged(zeroed);
      const mayBeForeign = end > bytes.length - footerBytes;
      if (zeroed.equals(bytes)) expect(found).toEqual(rows);
      else expect(mayBeForeign ? [undefined, rows] : [undefined]).toContainEqual(found);
    }
  });
});

describe('simultaneous attempts to write one file', () => {
  test('each report their outcome correctly: a row reported as written is in the file once', async () => {
    const folder = await temporaryFolder('attempts');
    const { signal } = new AbortController();
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(40), { minLength: 2, maxLength: 6 }), async (delays) => {
        const path = join(folder, 'wind_data', `${++serial}.parquet`);
        const attempts = await Promise.allSettled(
          delays.map(async (delay, number) => {
            for (let turn = 0; turn < delay; turn++) await new Promise(setImmediate);
            await changeDayFile(windFile(path), signal, (rows) => withObservation(rows, numberedRow(number)));
            return number;
          }),
        );
        const written = attempts.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
        for (const each of attempts)
          if (each.status === 'rejected') expect(each.reason).toMatchObject({ type: failureTypes.fileMoved });
        const found = written.length > 0 ? numbersOf(await rowsOf(path, 'wind')) : [];
        expect(found).toEqual(written);
        expect((await readdir(dirname(path))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('all succeed when they are retried', async () => {
    const path = join(await temporaryFolder('attempts'), 'wind_data', 'all.parquet');
    const { signal } = new AbortController();
    const attempt = async (number: number): Promise<void> => {
      try {
        await changeDayFile(windFile(path), signal, (rows) => withObservation(rows, numberedRow(number)));
      } catch (error) {
        expect(error).toMatchObject({ type: failureTypes.fileMoved });
        return attempt(number);
      }
    };
    await Promise.all(numbers(6).map(attempt));
    expect(numbersOf(await rowsOf(path, 'wind'))).toEqual(numbers(6));
  });

  test('do not lose or duplicate rows when one of them freezes at any moment and wakes up later', async () => {
    const path = join(await temporaryFolder('frozen'), 'wind_data', 'frozen.parquet');
    const random = seededRandom(seed);
    const writers = [startWriter(), startWriter()] as const;
    const rows = 40;
    try {
      await new Promise<void>((resolve) => {
        let frozen: { readonly writer: Writer; thawAt: number } | undefined;
        const onReport = (me: Writer, other: Writer) => () => {
          if (frozen && other.reported.length + me.reported.length >= frozen.thawAt) {
            frozen.writer.thaw();
            frozen = undefined;
          }
          if (me.reported.length === rows && other.reported.length === rows) resolve();
          // The writer that has just reported is now in the middle of its next row.
          if (frozen || other.reported.length >= rows - 5 || me.reported.length === rows || random() < 0.5)
            return;
          me.freeze();
          frozen = { writer: me, thawAt: me.reported.length + other.reported.length + 1 + below(4, random) };
        };
        const [a, b] = writers;
        a.begin({ path, first: 0, increment: 2, rows }, onReport(a, b));
        b.begin({ path, first: 1, increment: 2, rows }, onReport(b, a));
      });
      expect(numbersOf(await rowsOf(path, 'wind'))).toEqual(numbers(2 * rows));
    } finally {
      for (const writer of writers) await writer.kill();
    }
  });
});

test(
  `a writer killed ${kills} times at any moment leaves each written row exactly once (seed ${seed})`,
  async () => {
    const folder = await temporaryFolder('killed');
    const random = seededRandom(seed);
    let next = startWriter();
    try {
      let path = '';
      let found: number[] = [];
      for (let n = 0; n < kills; n++) {
        const writer = next;
        next = startWriter();
        // A new file, because a file has one day and is short.
        if (n % 10 === 0) {
          path = join(folder, `${n}`, 'wind.parquet');
          found = [];
          await mkdir(dirname(path));
        }
        const wanted = 1 + below(4, random);
        await new Promise<void>((resolve) => {
          writer.begin({ path, first: found.length, increment: 1 }, () => {
            if (writer.reported.length === wanted) resolve();
          });
        });
        // The moment of the kill is what varies here: no event marks the middle of a row.
        await setTimeout(random() * 12);
        await writer.kill();
        const before = found.length;
        found = numbersOf(await rowsOf(path, 'wind'));
        expect(found).toEqual(numbers(found.length));
        const reported = before + writer.reported.length;
        expect([reported, reported + 1]).toContain(found.length);
        if (n % 10 === 9) await rm(dirname(path), { recursive: true });
      }
    } finally {
      await next.kill();
    }
  },
  kills * 5_000 + 60_000,
);

test('the next writer removes the temporary file of a killed one', async () => {
  const path = join(await temporaryFolder('left'), 'wind.parquet');
  const { signal } = new AbortController();
  await changeDayFile(windFile(path), signal, () => [numberedRow(0)]);
  const bytes = await readFile(path);
  const left = join(dirname(path), '.wind.parquet.0123456789ab.tmp');
  await writeFile(left, bytes.subarray(0, 100));
  expect(numbersOf(await rowsOf(path, 'wind'))).toEqual([0]);
  await changeDayFile(windFile(path), signal, (rows) => withObservation(rows, numberedRow(1)));
  expect(await readdir(dirname(path))).toEqual(['wind.parquet']);
});
