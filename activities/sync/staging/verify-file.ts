import { parse } from 'fast-csv';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, promises } from 'node:stream';
import type { StagedFile } from '../../../model/batch.ts';
import { batchLost } from '../batch-lost.ts';
import type { BatchFolder } from './folder.ts';

/**
 * The path of a staged file, after verifying its size, header and SHA-256. Throws BatchLost with the source, the table and
 * the difference.
 */
export async function verifyStaged(
  folder: BatchFolder,
  table: string,
  file: StagedFile,
  columns: readonly string[],
): Promise<string> {
  const path = join(folder.path, file.name);
  const lost = (difference: string) =>
    batchLost(folder.source, `the staged file ${path} ${difference}`, table);

  const found = await stat(path).catch(() => undefined);
  if (!found) throw lost('is missing');
  if (found.size !== file.bytes) throw lost(`has ${found.size} bytes instead of ${file.bytes}`);

  const header = await readHeader(path);
  if (JSON.stringify(header) !== JSON.stringify(columns))
    throw lost(`has the columns (${header.join(', ')}) instead of (${columns.join(', ')})`);

  const hash = createHash('sha256');
  await promises.pipeline(createReadStream(path), hash);
  if (hash.digest('hex') !== file.sha256) throw lost('was altered: its SHA-256 differs');
  return path;
}

/** The column names of a CSV file. They may contain quotes, commas and line breaks. */
async function readHeader(path: string): Promise<string[]> {
  // In small pieces, because the parser parses all it is given, not only the first row. Not by parseFile, which keeps the
  // file open when no more rows are requested.
  const start = createReadStream(path, { highWaterMark: 512 });
  const rows = pipeline(start, parse({ headers: false, maxRows: 1 }), () => undefined);
  for await (const row of rows) return row as string[];
  return [];
}
