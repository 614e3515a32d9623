import type { Client } from 'pg';
import type {
  BatchReference,
  Landed,
  Manifest,
  NotCopied,
  TableBatch,
  Unreconciled,
} from '../../model/batch.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import type { Position } from '../../model/position.ts';
import { isNew, planRead, sameColumns } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { recordLanding } from '../metrics.ts';
import { withoutRow } from '../postgres/error-text.ts';
import type { PostgresError } from '../postgres/errors.ts';
import { namingTable } from '../postgres/errors.ts';
import { pipelined } from '../postgres/pipeline.ts';
import { attemptId } from './attempt-id.ts';
import { CopyRefused } from './copy-across.ts';
import type { TableToCopy } from './copy-tables.ts';
import { copyTables, moveOf, outcomeOf } from './copy-tables.ts';
import type { ExtractInput, ExtractOptions } from './extract.ts';
import type { LandedTables } from './land-tables.ts';
import { landTables } from './land-tables.ts';
import { copyFiles, removeOtherBatches, verifyFiles } from './load-files.ts';
import type { Reader } from './read-tables.ts';
import { readTables } from './read-tables.ts';
import { isAboutRow } from './refused-rows.ts';
import type { SourceToRead } from './source-to-read.ts';
import { readUnderSnapshot, sourceToRead, stateOf } from './source-to-read.ts';
import { setSalt } from './source/salt.ts';
import { refuseChanged } from './source/snapshot.ts';
import type { Survey } from './source/survey.ts';
import type { SurveyedTable } from './source/surveyed-table.ts';
import type { BatchFolder } from './staging/folder.ts';
import { batchFolder, makeBatchFolder, removeBatchFolder } from './staging/folder.ts';
import { prepareTables } from './warehouse/align/prepare-tables.ts';
import { passFence } from './warehouse/fence.ts';
import { finishLeaf, waitForPlanners } from './warehouse/landing/leaf.ts';
import { recordedOutcome } from './warehouse/landing/ledger.ts';
import { recordLanded } from './warehouse/landing/record-landed.ts';
import { markLoading } from './warehouse/loading.ts';
import { metricsTables } from './warehouse/refresh-statements.ts';
import type { Relation } from './warehouse/relations.ts';
import { lockParents, readRelations } from './warehouse/relations.ts';
import { inTransaction, rollBack } from './warehouse/transaction.ts';

export type FirstLoadInput = Omit<ExtractInput, 'leavesFirstLoad'>;

type Outcome = Landed | NotCopied | Unreconciled;

/**
 * source → clean. Lands a source with large tables that have not landed yet, without staging these: each is copied from one
 * snapshot of the source into its empty leaf, or into the flat table, as it is read. What has changed in tables that have landed
 * before is staged and landed under the same snapshot. One transaction of the warehouse shows them all or none. However large the
 * new tables are, they need no disk but that of clean, and no more memory. Their keys and indexes are made afterwards.
 *
 * Returns NotCopied, with nothing landed, where rows have to be looked at one by one: the warehouse refuses some of them, or
 * there are rows already. Returns Unreconciled before it copies.
 */
export function createFirstLoad(environment: Environment, { rangesFromRows }: ExtractOptions = {}) {
  return defineActivity<FirstLoadInput, Outcome>(environment, async (attempt, input) => {
    const folder = batchFolder(attempt.config.staging, input.source, attemptId(input.batchId));
    const outcome = await firstLoad(attempt, input, folder, rangesFromRows).finally(() =>
      removeBatchFolder(folder),
    );
    return outcome.status === 'landed' ? recordLanding(input.source, outcome) : outcome;
  });
}

async function firstLoad(
  attempt: Attempt,
  input: FirstLoadInput,
  folder: BatchFolder,
  rangesFromRows: number | undefined,
): Promise<Outcome> {
  const { source, batchId } = input;
  const { timeouts } = attempt;
  const toRead = await sourceToRead(attempt, source, input.heldBack);
  const { position } = toRead;
  const landed = position.batchId;
  // An earlier attempt was cut off after its commit.
  if (landed === batchId || landed?.startsWith(`${batchId}.`))
    return attempt.onWarehouse(source, (client) => recordedOutcome(client, source, landed));
  const reference: BatchReference = { source, id: folder.batchId, after: landed };

  // Looked up once more than extract did and the copy does. Tables are made before the transaction that fills them, so that queries
  // plan with the empty leaves; their shapes are too much to pass through Temporal; and a source that must not land leaves none.
  const prepared = await attempt.onSource(source, (client) =>
    readUnderSnapshot(attempt, toRead, client, (now, { tables }) =>
      Promise.resolve(batchesOf(position, now, tables)),
    ),
  );
  if (landed !== null && !prepared.some(({ table }) => isNew(position, table)))
    return notCopied('its tables have landed in the meantime');
  return attempt.onWarehouse(source, async (client) => {
    await prepareTables(client, timeouts, reference, prepared);
    const { keysOf, allKeysOf } = input;
    const keys = { keysOf, allKeysOf, rangesFromRows };
    const loading = { ...keys, attempt, toRead, client, reference, prepared, folder };
    return inTransaction(client, timeouts, () => loadAll(loading)).catch(refusedByWarehouse);
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

/** A handler for `catch` where a connection to the source is open: an error of the warehouse is not to pass for one of the source. */
function ofWarehouse(error: unknown): never {
  throw new CopyRefused('the changes were refused', { cause: error });
}

/** The tables as batches whose rows are yet to be counted, for which the warehouse is to be made fit. */
function batchesOf(
  position: Position,
  now: SourceSnapshot,
  tables: ReadonlyMap<string, SurveyedTable>,
): TableBatch[] {
  return [...tables].map(([table, { shape, renamed, added }]) => {
    const plan = planRead(position, now, table, shape, { added });
    return {
      ...{ table, shape, count: 0, whole: plan.sinceXmin === undefined },
      ...(renamed.length > 0 && { renamed }),
      ...(plan.added && { added: plan.added }),
    };
  });
}

/** A first load under way, within its transaction in the warehouse. */
interface FirstLoad extends Pick<Reader, 'keysOf' | 'allKeysOf' | 'rangesFromRows'> {
  readonly attempt: Attempt;
  readonly toRead: SourceToRead;
  readonly client: Client;
  readonly reference: BatchReference;
  /** The tables, for which the warehouse has been made fit. */
  readonly prepared: readonly TableBatch[];
  /** Where the changes of tables are staged that have landed before. */
  readonly folder: BatchFolder;
}

async function loadAll(loading: FirstLoad): Promise<Outcome> {
  const { attempt, toRead, client, reference, prepared } = loading;
  const { source, position, analytics } = toRead;
  const names = prepared.map(({ table }) => table);
  const [, cleanOf, rawOf] = await pipelined(client, () => [
    markLoading(client, source),
    readRelations(client, source, 'clean', names),
    readRelations(client, source, 'raw', names),
    client.query(`select set_config('tidehouse.batch', $1, true)`, [reference.id]),
  ]);
  await lockParents(client, [...names.map(cleanOf), ...names.map(rawOf)]);
  const leaves = names.filter((table) => isNew(position, table)).map(cleanOf);
  if (!(await areBareAndEmpty(client, source, leaves)))
    return rollBack(notCopied('its tables in the warehouse hold rows already'));

  // It waits for the source, while what has changed is staged and between two tables, for as long as an attempt may take. One that
  // freezes there is ended by the next one.
  const waitMs = 4 * attempt.timeouts.statementMs;
  await client.query(`set local idle_in_transaction_session_timeout = ${waitMs}; savepoint loading`);
  const loaded = await attempt.onSource(source, (reader) =>
    readUnderSnapshot(attempt, toRead, reader, async (now, found) => {
      // The rows of a snapshot that was invalidated.
      await client.query('rollback to savepoint loading').catch(ofWarehouse);
      return loadTables(loading, reader, cleanOf, now, found);
    }),
  );
  if ('status' in loaded) return rollBack(loaded);
  const { manifest, changed, copied } = loaded;
  for (const table of copied) {
    const clean = cleanOf(table.table);
    const analysed = analytics && metricsTables.includes(table.table);
    if (clean.parent === undefined) continue;
    await finishLeaf(client, source, { table, clean, analysed }).catch(namingTable(table.table));
  }
  if ((await passFence(client, reference)) === 'landed') throw new Error('The batch has landed already.');
  const landed = await recordLanded(client, manifest, {
    ...{ position, analytics },
    moves: [...changed.moves, ...copied.map(moveOf)],
    outcomes: new Map([...changed.outcomes, ...copied.map(outcomeOf)]),
  });
  await waitForPlanners(client, [...changed.filled, ...leaves], attempt.timeouts.newLeafMs);
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

/** What is in clean, and the batch that it is of; nothing of it is recorded yet. */
interface Loaded {
  readonly manifest: Manifest;
  readonly changed: Pick<LandedTables, 'moves' | 'outcomes' | 'filled'>;
  readonly copied: readonly TableBatch[];
}

/** Lands what has changed in the tables that have landed before, and then copies the new ones, under the current snapshot `now`. */
async function loadTables(
  loading: FirstLoad,
  reader: Client,
  cleanOf: (table: string) => Relation,
  now: SourceSnapshot,
  found: Survey,
): Promise<Loaded | Unreconciled> {
  const { attempt, toRead, client, reference, prepared } = loading;
  const { source, position, salt, asked } = toRead;
  // Also one that could not be read until now: recorded without it, the batch would forget how far it has landed.
  const shapes = new Map(prepared.map(({ table, shape }) => [table, shape]));
  for (const table of new Set([...shapes.keys(), ...found.tables.keys()])) {
    const [before, after] = [shapes.get(table), found.tables.get(table)?.shape];
    if (!before || !after || !sameColumns(before, after)) throw changedMeanwhile(source, table);
  }
  if (salt !== undefined) await setSalt(reader, salt);
  const tables = prepared.map(({ table }) => ({
    table,
    found: found.tables.get(table)!,
    clean: cleanOf(table),
  }));
  const known = tables.filter(({ table }) => !isNew(position, table));
  const batch = { ...reference, ...now, heldBack: found.heldBack, unchangedWhile: stateOf(asked, now) };
  const staged = await stageKnown(loading, reader, now, known);
  const changed = await landKnown(loading, { ...batch, tables: staged }).catch(ofWarehouse);
  if (changed.status === 'unreconciled') return changed;
  const added = tables.filter(({ table }) => isNew(position, table));
  const copied = await copyTables(client, reader, reference, added, attempt);
  refuseChanged(found, await toRead.lookUp(reader));
  return { manifest: { ...batch, tables: [...staged, ...copied] }, changed, copied };
}

async function stageKnown(
  { attempt, toRead: { position }, folder, ...keys }: FirstLoad,
  client: Client,
  now: SourceSnapshot,
  known: readonly TableToCopy[],
): Promise<TableBatch[]> {
  if (known.length === 0) return [];
  await makeBatchFolder(attempt.config.staging, folder);
  const tables = new Map(known.map(({ table, found }) => [table, found]));
  return readTables({ ...keys, client, attempt, position, folder }, now, tables);
}

async function landKnown(
  { client, attempt, folder }: FirstLoad,
  changes: Manifest,
): Promise<LandedTables | Unreconciled> {
  const files = await verifyFiles(folder, changes);
  const relations = await copyFiles(client, changes, files, new Map(), attempt, { isShort: false });
  await pipelined(client, () =>
    [...relations.values()].map((relation) => removeOtherBatches(client, changes, relation)),
  );
  return landTables(client, changes, attempt);
}

/** The tables that the warehouse was made fit for are no longer those of the source. */
function changedMeanwhile(source: string, table: string) {
  const problem = 'it changed at the source just before it was read';
  return createFailure(failureTypes.unavailable, {
    source,
    causes: [{ table, problem, advice: 'It is tried again.' }],
  });
}
