import { execFile, execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { encode } from '../../activities/weather/parquet-writer.ts';
import type { Row } from '../../activities/weather/parquet.ts';
import { measures } from '../../model/weather.ts';
import { ask, withDuckDb } from '../support/duckdb.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { columns } = measures.wind;
const begin = Date.parse('2026-11-24T00:00:00.123Z');

const rows = (count: number, gust: (at: number) => number | null): Row[] =>
  Array.from({ length: count }, (_, at) => ({
    time: begin + at * 60_000,
    values: { speed: at / 7, deg: (at * 37) % 361, gust: gust(at) },
    provider: at < count / 2 ? 'openweather' : 'open-meteo',
  }));

/** The kinds of files, and the rows of each. */
const kinds: Record<string, Row[]> = {
  'a day': rows(24, (at) => (at % 3 === 0 ? null : at)),
  'one row': rows(1, () => 1),
  'no row': [],
  'no gust at all': rows(24, () => null),
  'extreme numbers': rows(4, (at) => [5e-324, 0, 1.7976931348623157e308, 0.1 + 0.2][at]!),
  'many pages and groups': rows(12_000, (at) => (at % 1000 < 500 ? null : at)),
};

let folder: string;
const pathOf = (kind: string) => join(folder, `${kind.replaceAll(' ', '-')}.parquet`);

beforeAll(async () => {
  folder = await temporaryFolder('readers');
  await mkdir(folder, { recursive: true });
  for (const [kind, content] of Object.entries(kinds))
    await writeFile(pathOf(kind), await encode(columns, content));
});

/** Rows in the form that readers return: milliseconds since 1970, and the values. */
const plain = (content: readonly Row[]): unknown[][] =>
  content.map(({ time, values: { speed, deg, gust } }) => [time, speed, deg, gust]);

describe.each(Object.keys(kinds))('a file of %s', (kind) => {
  const expected = plain(kinds[kind]!);

  test('is read by hyparquet', async () => {
    const bytes = await readFile(pathOf(kind));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const found: Record<string, unknown>[] = await parquetReadObjects({ file, compressors });
    expect(
      found.map(({ datetime, speed, deg, gust }) => [Number(datetime), speed, deg, gust ?? null]),
    ).toEqual(expected);
    const { schema } = await parquetMetadataAsync(file);
    expect(schema.slice(1).map(({ name, type, converted_type }) => [name, type, converted_type])).toEqual([
      ['datetime', 'INT64', 'TIMESTAMP_MILLIS'],
      ...columns.map((name) => [name, 'DOUBLE', undefined]),
    ]);
  });

  test('is read by DuckDB, whole and by ranges of times and values', async () => {
    await withDuckDb(async (duckdb) => {
      const from = `from '${pathOf(kind)}'`;
      const found = await ask(duckdb, `select epoch_ms(datetime)::double as time, speed, deg, gust ${from}`);
      expect(found.map(({ time, speed, deg, gust }) => [time, speed, deg, gust])).toEqual(expected);
      // Readers use the minimum and maximum in a file's statistics to skip parts of it.
      for (const [where, fits] of [
        ['datetime >= make_timestamp_ms(1795479000123)', ({ time }: Row) => time >= 1_795_479_000_123],
        ['deg > 300', ({ values }: Row) => values['deg']! > 300],
        ['gust is null', ({ values }: Row) => values['gust'] === null],
        ['speed < 0.5', ({ values }: Row) => values['speed']! < 0.5],
      ] as const) {
        const [count] = await ask(duckdb, `select count(*)::integer as n ${from} where ${where}`);
        expect([where, count!['n']]).toEqual([where, kinds[kind]!.filter(fits).length]);
      }
    });
  });
});

const python = process.env['TIDEHOUSE_PYTHON'] ?? 'python3';
const libraries = ((): boolean => {
  try {
    execFileSync(python, ['-c', 'import pyarrow, pandas'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const program = `
import json, sys
import pandas, pyarrow.dataset, pyarrow.parquet
def plain(table):
    columns = [table.column(name).to_pylist() for name in ("speed", "deg", "gust")]
    times = [int(time.timestamp() * 1000 + 0.5) for time in table.column("datetime").to_pylist()]
    return [list(row) for row in zip(times, *columns)]
answers = {}
for path in sys.argv[1:]:
    table = pyarrow.parquet.read_table(path)
    frame = pandas.read_parquet(path)
    late = pyarrow.dataset.dataset(path).to_table(filter=pyarrow.dataset.field("deg") > 300)
    notes = pyarrow.parquet.read_metadata(path).metadata
    answers[path] = {
        "rows": plain(table),
        "type": str(table.schema.field("datetime").type),
        "pandas": [str(frame["datetime"].dtype), len(frame), list(frame.columns)],
        "over300": late.num_rows,
        "providers": json.loads(notes[b"tidehouse.providers"]),
    }
print(json.dumps(answers))
`;

describe('pyarrow and pandas', () => {
  (libraries ? test : test.skip)(
    `read each of them${libraries ? '' : ` (skipped: ${python} has no pyarrow and pandas; set TIDEHOUSE_PYTHON)`}`,
    async () => {
      const paths = Object.keys(kinds).map(pathOf);
      const { stdout } = await promisify(execFile)(python, ['-c', program, ...paths], { maxBuffer: 1e8 });
      const answers = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
      for (const [kind, content] of Object.entries(kinds)) {
        const answer = answers[pathOf(kind)]!;
        expect(answer['rows']).toEqual(plain(content));
        expect(answer['type']).toBe('timestamp[ms, tz=UTC]');
        expect(answer['pandas']).toEqual([
          expect.stringMatching(/^datetime64\[[mn]s, UTC\]$/),
          content.length,
          ['datetime', ...columns],
        ]);
        expect(answer['over300']).toBe(content.filter(({ values }) => values['deg']! > 300).length);
      }
      expect(answers[pathOf('a day')]!['providers']).toMatchObject([
        { provider: 'openweather', rows: 12 },
        { provider: 'open-meteo', rows: 12 },
      ]);
    },
  );
});
