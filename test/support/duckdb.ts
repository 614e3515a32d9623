import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Runs `work` on a DuckDB in memory, which reads and writes Parquet independently of us. */
export async function withDuckDb<T>(work: (duckdb: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The rows of a query, with values as JSON has them. */
export async function ask(duckdb: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  return (await duckdb.runAndReadAll(sql)).getRowObjectsJson();
}

/** Writes the rows of `query` as the earlier system did: Parquet of format 2. */
export async function copyToParquet(query: string, path: string): Promise<void> {
  await withDuckDb((duckdb) =>
    duckdb.run(`copy (${query}) to '${path}' (format parquet, parquet_version v2)`),
  );
}
