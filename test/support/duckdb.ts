import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Runs `work` with an in-memory DuckDB, an independent reader and writer of Parquet. */
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

/** The rows of a query, with values as in JSON. */
export async function ask(duckdb: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  return (await duckdb.runAndReadAll(sql)).getRowObjectsJson();
}

/** Writes the rows of `query` in the format of the earlier system, Parquet version 2. */
export async function copyToParquet(query: string, path: string): Promise<void> {
  await withDuckDb((duckdb) =>
    duckdb.run(`copy (${query}) to '${path}' (format parquet, parquet_version v2)`),
  );
}
