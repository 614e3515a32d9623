import { parse } from 'fast-csv';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, promises } from 'node:stream';
import type { StagedFile } from '../../../model/batch.ts';
import { batchLost } from './errors.ts';

/**
 * The path of a staged file after its size, its header and its SHA-256 were found to be what the extract wrote;
 * BatchLost, naming source, table and what differs, when not.
 */
export async function verifyStaged(
  source: string,
  table: string,
  folder: string,
  file: StagedFile,
  columns: readonly string[],
): Promise<string> {
  const path = join(folder, file.name);
  const fail = (what: string) => batchLost(source, `table "${table}": the staged file ${path} ${what}`);

  const found = await stat(path).catch(() => undefined);
  if (!found) throw fail('is missing');
  if (found.size !== file.bytes) throw fail(`has ${found.size} bytes instead of ${file.bytes}`);

  const header = await firstRow(path);
  if (JSON.stringify(header) !== JSON.stringify(columns))
    throw fail(`has the columns (${header.join(', ')}) instead of (${columns.join(', ')})`);

  const hash = createHash('sha256');
  await promises.pipeline(createReadStream(path), hash);
  if (hash.digest('hex') !== file.sha256) throw fail('was altered: its SHA-256 is another one');
  return path;
}

async function firstRow(path: string): Promise<string[]> {
  // Not parseFile: it keeps the file open when no more rows are asked for.
  const rows = pipeline(createReadStream(path), parse({ headers: false, maxRows: 1 }), () => undefined);
  for await (const row of rows) return row as string[];
  return [];
}
