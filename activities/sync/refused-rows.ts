import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseString } from 'fast-csv';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { qualified, quoteIdent, quoteLiteral } from '../../model/identifier.ts';
import { shortened } from '../../model/shortened.ts';
import { withoutRow } from '../postgres/error-text.ts';
import type { PostgresError } from '../postgres/errors.ts';
import { codeOf } from '../postgres/errors.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import type { StagedRecord } from './staging/records.ts';
import { stagedRecords } from './staging/records.ts';
import { copyIn } from './warehouse/landing/landing-statements.ts';
import type { RefusedRow } from './warehouse/landing/quarantine.ts';
import { readRelations } from './warehouse/relations.ts';
import { inTransaction, rollBack } from './warehouse/transaction.ts';

/** A staged file, and the table that refuses some of its rows. */
export interface RefusedFile {
  readonly path: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly relation: { readonly schema: 'raw' | 'clean'; readonly table: string };
}

/** Of more rows than this, the table itself is at fault. */
const maxRefusedRows = 1_000;
const chunkRecords = 2_000;
const chunkBytes = 4 << 20;
const valueLength = 200;

/**
 * Runs `land` until it succeeds. Whenever a table refuses rows by their values, `setAside` is called with the table, once
 * each, and says whether it has found such rows and taken them out of the way.
 */
export async function withoutRefused<T>(
  land: () => Promise<T>,
  setAside: (table: string | undefined) => Promise<boolean>,
): Promise<T> {
  const searched = new Set<string | undefined>();
  for (;;)
    try {
      return await land();
    } catch (error) {
      const { table } = error as PostgresError;
      if (!isAboutRow(error) || searched.has(table) || !(await setAside(table))) throw error;
      searched.add(table);
    }
}

/** Whether a row can be at fault for the error: its value, its size, or a constraint. */
export function isAboutRow(error: unknown): boolean {
  return /^(22|23|54)/.test(codeOf(error) ?? '');
}

/**
 * The rows of a staged file that its table refuses by their values, sizes or constraints, found by trying them on an empty
 * table of the same kind, in a transaction that leaves nothing behind. Undefined when there are none, or too many, or the
 * rows have no key to know them by.
 */
export async function tryOut(
  client: Client,
  timeouts: Timeouts,
  source: string,
  file: RefusedFile,
): Promise<readonly RefusedRow[] | undefined> {
  if (file.key.length === 0) return undefined;
  return inTransaction(client, timeouts, async () => {
    const { schema, table } = file.relation;
    const relation = (await readRelations(client, source, schema, [table]))(table);
    await client.query(
      `create temp table ${quoteIdent(table)} (like ${relation.name} including defaults including constraints including generated);
       alter table pg_temp.${quoteIdent(table)} alter project set default ${quoteLiteral(source)}, alter batch drop not null, alter batch drop default`,
    );
    return rollBack(await findRefused(client, file));
  });
}

async function findRefused(client: Client, file: RefusedFile): Promise<RefusedRow[] | undefined> {
  const found: RefusedRow[] = [];
  for await (const { header, records } of chunksOf(file.path)) {
    await collectRefused({ client, file, header, found }, records);
    if (found.length > maxRefusedRows) return undefined;
  }
  return found.length === 0 ? undefined : found;
}

/** Records of a staged file that are tried together, and the file's header. */
interface Chunk {
  readonly header: Buffer;
  readonly records: readonly StagedRecord[];
}

async function* chunksOf(path: string): AsyncGenerator<Chunk> {
  let header: Buffer | undefined;
  let [records, bytes]: [StagedRecord[], number] = [[], 0];
  for await (const record of stagedRecords(path)) {
    if (header === undefined) {
      header = record.bytes;
      continue;
    }
    records.push(record);
    bytes += record.bytes.length;
    if (records.length < chunkRecords && bytes < chunkBytes) continue;
    yield { header, records };
    [records, bytes] = [[], 0];
  }
  if (header !== undefined && records.length > 0) yield { header, records };
}

interface Trial {
  readonly client: Client;
  readonly file: RefusedFile;
  readonly header: Buffer;
  /** The refused rows so far. */
  readonly found: RefusedRow[];
}

/** Tries the records together, and in halves when one of them is refused. */
async function collectRefused(trial: Trial, records: readonly StagedRecord[]): Promise<void> {
  const { file, found } = trial;
  if (found.length > maxRefusedRows) return;
  const error = await tryRecords(trial, records);
  if (error === undefined) return;
  if (records.length === 1) {
    found.push(await describe(file, records[0]!, error));
    return;
  }
  const half = records.length >> 1;
  await collectRefused(trial, records.slice(0, half));
  await collectRefused(trial, records.slice(half));
}

/** The error with which the records are refused, if they are; they leave nothing behind. */
async function tryRecords(
  { client, file: { columns, relation }, header }: Trial,
  records: readonly StagedRecord[],
): Promise<PostgresError | undefined> {
  await client.query('savepoint trial');
  try {
    const stream = client.query(copyFrom(copyIn(qualified('pg_temp', relation.table), columns)));
    await pipeline(
      Readable.from([Buffer.concat([header, ...records.map((record) => record.bytes)])]),
      stream,
    );
    return undefined;
  } catch (error) {
    if (!isAboutRow(error)) throw error;
    return error as PostgresError;
  } finally {
    await client.query('rollback to savepoint trial; release savepoint trial');
  }
}

async function describe(
  { columns, key }: RefusedFile,
  { line, bytes }: StagedRecord,
  error: PostgresError,
): Promise<RefusedRow> {
  const { column: named, where } = error;
  const text = bytes.toString();
  const values = await parseRecord(text);
  // COPY names the column in its context alone: "COPY orders, line 2, column total: …".
  const column = named ?? columns.find((name) => where?.includes(`, column ${name}: `));
  const value = column === undefined ? text.trimEnd() : (values[columns.indexOf(column)] ?? '');
  return {
    key: key.map((name) => values[columns.indexOf(name)] ?? ''),
    line,
    ...(column !== undefined && { column }),
    value: shortened(value.replaceAll('\0', ''), valueLength),
    reason: shortened(withoutRow(error).message, 500),
  };
}

function parseRecord(text: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    parseString<string[], string[]>(text, { headers: false }).on('error', reject).once('data', resolve);
  });
}

/** The file without the rows that begin in `lines`. */
export async function* recordsExcept(path: string, lines: ReadonlySet<number>): AsyncGenerator<Buffer> {
  for await (const { line, bytes } of stagedRecords(path)) if (!lines.has(line)) yield bytes;
}
