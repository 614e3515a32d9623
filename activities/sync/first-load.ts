import type { Client } from 'pg';
import type {
  BatchReference,
  HeldBack,
  Landed,
  Manifest,
  NotCopied,
  TableBatch,
  TableOutcome,
} from '../../model/batch.ts';
import { strategyOf } from '../../model/batch.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { quoteLiteral } from '../../model/identifier.ts';
import { sameColumns } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { recordLanding } from '../metrics.ts';
import { withoutRow } from '../postgres/error-text.ts';
import type { PostgresError } from '../postgres/errors.ts';
import { named, namingTable } from '../postgres/errors.ts';
import { pipelined } from '../postgres/pipeline.ts';
import { attemptId } from './attempt-id.ts';
import { CopyRefused, copyAcross } from './copy-across.ts';
import { isAboutRow } from './refused-rows.ts';
import { csvRows, rowMeter } from './row-meter.ts';
import type { SourceToRead } from './source-to-read.ts';
import { readUnderSnapshot, sourceToRead, stateOf } from './source-to-read.ts';
import { copyOutStatement, proveKey, rowsStatement } from './source/copy-out.ts';
import { estimateRows } from './source/read-tables.ts';
import { setSalt } from './source/salt.ts';
import { refuseChanged } from './source/snapshot.ts';
import type { Survey } from './source/survey.ts';
import type { SurveyedTable } from './source/surveyed-table.ts';
import { prepareTables } from './warehouse/align/prepare-tables.ts';
import { passFence } from './warehouse/fence.ts';
import { copyIn } from './warehouse/landing/landing-statements.ts';
import { finishLeaf, waitForPlanners } from './warehouse/landing/leaf.ts';
import { recordedOutcome } from './warehouse/landing/ledger.ts';
import { recordLanded } from './warehouse/landing/record-landed.ts';
import { markLoading } from './warehouse/loading.ts';
import type { TableMove } from './warehouse/move-position.ts';
import { metricsTables } from './warehouse/refresh-statements.ts';
import type { Relation } from './warehouse/relations.ts';
import { lockParents, readRelations } from './warehouse/relations.ts';
import { inTransaction, rollBack } from './warehouse/transaction.ts';

export interface FirstLoadInput {
  readonly source: string;
  readonly batchId: string;
  /** The tables that could not land earlier in this run. */
  readonly heldBack?: readonly HeldBack[];
}

/**
 * source → clean. Lands a source that has not landed yet, without staging it: every table is copied from one snapshot of the
 * source into its empty leaf, or into the flat table, as it is read. One transaction of the warehouse shows them all or none.
 * However large the source is, it needs no disk but that of clean, and no more memory. Keys and indexes are made afterwards.
 *
 * Returns NotCopied, with nothing landed, where rows have to be looked at one by one: the warehouse refuses some of them, or
 * there are rows already.
 */
export function createFirstLoad(environment: Environment) {
  return defineActivity<FirstLoadInput, Landed | NotCopied>(environment, firstLoad);
}

async function firstLoad(attempt: Attempt, input: FirstLoadInput): Promise<Landed | NotCopied> {
  const outcome = await copySource(attempt, input);
  return outcome.status === 'landed' ? recordLanding(input.source, outcome) : outcome;
}

async function copySource(attempt: Attempt, input: FirstLoadInput): Promise<Landed | NotCopied> {
  const { source, batchId } = input;
  const { timeouts } = attempt;
  const toRead = await sourceToRead(attempt, source, input.heldBack);
  const landed = toRead.position.batchId;
  // An earlier attempt was cut off after its commit.
  if (landed === batchId || landed?.startsWith(`${batchId}.`))
    return attempt.onWarehouse(source, (client) => recordedOutcome(client, source, landed));
  if (landed !== null) return notCopied('the source has landed in the meantime');
  const reference: BatchReference = { source, id: attemptId(batchId), after: null };

  // Looked up once more than extract did and the copy does. Tables are made before the transaction that fills them, so that queries
  // plan with the empty leaves; their shapes are too much to pass through Temporal; and a source that must not land leaves none.
  const found = await attempt.onSource(source, (client) =>
    readUnderSnapshot(attempt, toRead, client, (_, tables) => Promise.resolve(tables)),
  );
  return attempt.onWarehouse(source, async (client) => {
    await prepareTables(client, timeouts, reference, batchesOf(found));
    const copying = { attempt, toRead, client, reference, found };
    return inTransaction(client, timeouts, () => copyAll(copying)).catch(refusedByWarehouse);
  });
}

function notCopied(reason: string): NotCopied {
  return { status: 'not copied', reason };
}

/** A handler for `catch`: rows that the warehouse refuses are looked for by the other way; any other error fails the attempt. */
function refusedByWarehouse(error: unknown): NotCopied {
  if (error instanceof CopyRefused && error.cause === undefined) return notCopied(error.message);
  const refusal = error instanceof CopyRefused ? error.cause : error;
  if (isAboutRow(refusal)) return notCopied(withoutRow(refusal as PostgresError).message);
  throw refusal;
}

/** Every table as a batch that has all rows, which are yet to be counted. */
function batchesOf({ tables }: Survey): TableBatch[] {
  return [...tables].map(([table, { shape, renamed }]) => ({
    ...{ table, shape, count: 0, whole: true },
    ...(renamed.length > 0 && { renamed }),
  }));
}

/** A first load under way, within its transaction in the warehouse. */
interface Copying {
  readonly attempt: Attempt;
  readonly toRead: SourceToRead;
  readonly client: Client;
  readonly reference: BatchReference;
  /** The tables, for which the warehouse has been made fit. */
  readonly found: Survey;
}

async function copyAll(copying: Copying): Promise<Landed | NotCopied> {
  const { attempt, toRead, client, reference, found } = copying;
  const { source, position, analytics } = toRead;
  const names = [...found.tables.keys()];
  const [, relationOf] = await pipelined(client, () => [
    markLoading(client, source),
    readRelations(client, source, 'clean', names),
    client.query(`select set_config('tidehouse.batch', $1, true)`, [reference.id]),
  ]);
  const leaves = names.map(relationOf);
  await lockParents(client, leaves);
  if (!(await areBareAndEmpty(client, source, leaves)))
    return rollBack(notCopied('its tables in the warehouse hold rows already'));

  // It waits for the source between two tables too, for which an attempt that freezes there is ended by the next one.
  await client.query(
    `set local idle_in_transaction_session_timeout = ${attempt.timeouts.statementMs}; savepoint copying`,
  );
  const manifest = await attempt.onSource(source, (reader) =>
    readUnderSnapshot(attempt, toRead, reader, async (now, tables) => {
      // The rows of a snapshot that was invalidated.
      await client.query('rollback to savepoint copying');
      return copyTables(copying, reader, relationOf, now, tables);
    }),
  );
  for (const table of manifest.tables) {
    const analysed = analytics && metricsTables.includes(table.table);
    const clean = relationOf(table.table);
    if (clean.parent === undefined) continue;
    await finishLeaf(client, source, { table, clean, analysed }).catch(namingTable(table.table));
  }
  if ((await passFence(client, reference)) === 'landed') throw new Error('The batch has landed already.');
  const landed = await recordLanded(client, manifest, {
    position,
    moves: manifest.tables.map(moveOf),
    outcomes: new Map(manifest.tables.map((table) => [table.table, outcomeOf(table)])),
    analytics,
  });
  await waitForPlanners(client, leaves, attempt.timeouts.newLeafMs);
  return landed;
}

/** Whether the source has no row in the relations, and its leaves no key that each row would have to be compared with. */
async function areBareAndEmpty(
  client: Client,
  source: string,
  relations: readonly Relation[],
): Promise<boolean> {
  if (relations.some(({ keys }) => keys.length > 0)) return false;
  const rows = await pipelined(client, () =>
    relations.map(({ name }) => client.query(`select from ${name} where project = $1 limit 1`, [source])),
  );
  return rows.every(({ rowCount }) => rowCount === 0);
}

/** Copies every table under the current snapshot, one after the other. */
async function copyTables(
  copying: Copying,
  reader: Client,
  relationOf: (table: string) => Relation,
  now: SourceSnapshot,
  found: Survey,
): Promise<Manifest> {
  const { toRead, reference } = copying;
  if (toRead.salt !== undefined) await setSalt(reader, toRead.salt);
  const tables: TableBatch[] = [];
  const whole = [...found.tables.values()].map((table) => ({ found: table, plan: { sinceXmin: undefined } }));
  const meter = rowMeter(copying.attempt.report, { of: estimateRows(whole), estimated: true });
  for (const batch of batchesOf(copying.found)) {
    const { table } = batch;
    const surveyed = found.tables.get(table);
    if (!surveyed || !sameColumns(surveyed.shape, batch.shape)) throw changedMeanwhile(toRead.source, table);
    meter.begin(table);
    const { select, into } = statementsOf(surveyed, relationOf(table), reference);
    if (surveyed.toProve.length > 0) await proveKey(reader, toRead.source, table, surveyed);
    const count = await copyAcross(
      { client: reader, copy: copyOutStatement(select) },
      { client: copying.client, copy: into },
      csvRows(meter),
      copying.attempt.signal,
    ).catch((error: unknown) => {
      named(table, error instanceof CopyRefused ? error.cause : error);
      throw error;
    });
    meter.passed(count);
    tables.push({ ...batch, shape: surveyed.shape, count });
  }
  refuseChanged(found, await toRead.lookUp(reader));
  const unchangedWhile = stateOf(toRead.asked, now);
  return { ...reference, ...now, tables, heldBack: found.heldBack, unchangedWhile };
}

/** What reads a table, and what takes its rows. A leaf has the project and the batch as defaults; a flat table is sent them. */
function statementsOf(
  table: SurveyedTable,
  { name, parent }: Relation,
  { source, id }: BatchReference,
): { readonly select: string; readonly into: string } {
  const select = rowsStatement(table, undefined);
  const columns = table.shape.columns.map((column) => column.name);
  if (parent !== undefined) return { select, into: copyIn(name, columns) };
  return {
    select: `select ${quoteLiteral(source)} as project, ${quoteLiteral(id)} as batch, t.* from (${select}) t`,
    into: copyIn(name, ['project', 'batch', ...columns]),
  };
}

/** The tables that the warehouse was made fit for are no longer those of the source. */
function changedMeanwhile(source: string, table: string) {
  const problem = 'it changed at the source just before it was read';
  return createFailure(failureTypes.unavailable, {
    source,
    causes: [{ table, problem, advice: 'It is tried again.' }],
  });
}

function moveOf({ table, shape, count }: TableBatch): TableMove {
  const none = { dropped: [], updated: 0, deleted: 0, difference: 0, heldDeletes: 0 };
  return { ...none, table, shape, whole: true, inserted: count, rows: count, showsDeletes: true };
}

function outcomeOf({ shape, count }: TableBatch): TableOutcome {
  const none = { updated: 0, unchanged: 0, deleted: 0 };
  return { ...none, strategy: strategyOf(shape), extracted: count, inserted: count, rows: count };
}
