import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { changeDayFile } from '../activities/weather/day-file.ts';
import type { DayFile } from '../activities/weather/read-day-file.ts';
import type { Row } from '../activities/weather/parquet.ts';
import { withObservation } from '../activities/weather/rows.ts';
import { renderTable } from '../client/terminal/table.ts';
import { spreadOf } from './measured.ts';
import type { Spread } from './measured.ts';

const sizes = [
  { rows: 24, rounds: 60 },
  { rows: 100_000, rounds: 7 },
] as const;

interface Measured {
  readonly rows: number;
  readonly tidehouse: Spread;
  readonly duckdb: Spread;
  /** In MB, after a garbage collection: after the first round and after the last. */
  readonly memory: readonly [number, number];
}

/** Measures appending one observation, side by side with DuckDB; see README.md. */
async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidehouse-bench-'));
  try {
    const measured: Measured[] = [];
    for (const { rows, rounds } of sizes) measured.push(await measure(folder, rows, rounds));
    const format = ({ median, min, max }: Spread) =>
      `${median.toFixed(1)} (${min.toFixed(1)} to ${max.toFixed(1)})`;
    const table = renderTable(
      ['rows', 'Tidehouse, ms', 'DuckDB, ms', 'ratio', 'memory after the first round, MB', 'after the last'],
      measured.map(({ rows, tidehouse, duckdb, memory }) => [
        rows,
        format(tidehouse),
        format(duckdb),
        (tidehouse.median / duckdb.median).toFixed(2),
        ...memory,
      ]),
    );
    process.stdout.write(`${table}\n\n${JSON.stringify(measured)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, rows: number, rounds: number): Promise<Measured> {
  const path = join(folder, `tidehouse-${rows}.parquet`);
  const duckdbPath = join(folder, `duckdb-${rows}.parquet`);
  const { signal } = new AbortController();
  const file: DayFile = { path, place: 'minsk', measure: 'wind' };
  await changeDayFile(file, signal, () => Array.from({ length: rows }, (_, at) => rowAt(at)));
  const instance = await DuckDBInstance.create(':memory:');
  const duckdb = await instance.connect();
  await duckdb.run(`copy (select * from '${path}') to '${duckdbPath}' (format parquet)`);
  const [tidehouseMs, duckdbMs, memory]: [number[], number[], number[]] = [[], [], []];
  // Round 0 is a warm-up for the compiler.
  for (let round = 0; round <= rounds; round++) {
    const row = rowAt(rows + round);
    const tidehouse = await timed(() =>
      changeDayFile(file, signal, (before) => withObservation(before, row)),
    );
    const other = await timed(async () => {
      const { speed, deg, gust } = row.values;
      await duckdb.run(
        `copy (select * from '${duckdbPath}' union all select make_timestamp_ms(${row.time}), ${speed}, ${deg}, ${gust})
         to '${duckdbPath}.new' (format parquet)`,
      );
      await rename(`${duckdbPath}.new`, duckdbPath);
    });
    if (round === 0) continue;
    tidehouseMs.push(tidehouse);
    duckdbMs.push(other);
    memory.push(memoryNow());
  }
  duckdb.closeSync();
  instance.closeSync();
  return {
    rows,
    tidehouse: spreadOf(tidehouseMs),
    duckdb: spreadOf(duckdbMs),
    memory: [memory[0]!, memory.at(-1)!],
  };
}

function rowAt(number: number): Row {
  return {
    time: Date.parse('2026-11-24T00:00:00Z') + number * 1_000,
    values: { speed: (number % 97) / 7, deg: number % 361, gust: number % 3 === 0 ? null : number % 40 },
    provider: 'openweather',
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function memoryNow(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return Math.round((heapUsed + arrayBuffers) / 1e6);
}

void main();
