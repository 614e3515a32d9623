import type { Client } from 'pg';
import type { HeldBack, RenamedColumn, TableShape } from '../../../model/batch.ts';
import type { Choice, ChosenTable, MissingTable, TableRule } from '../../../model/choose-tables.ts';
import { chooseTables } from '../../../model/choose-tables.ts';
import { qualified } from '../../../model/identifier.ts';
import { numberOf, renamedColumns } from '../../../model/renamed-columns.ts';
import type { RelationName, TablePattern } from '../../../model/table-pattern.ts';
import { exactPattern, isExact, likePattern, relationLabel } from '../../../model/table-pattern.ts';
import { sqlFile } from '../../postgres/sql-file.ts';
import type { RenamedOf } from '../warehouse/column-names.ts';
import type { CatalogTable } from './catalog-table.ts';
import { showsChanges, sizeOf, whyCopied } from './choose-strategy.ts';
import type { ShowingTable } from './hidden-elsewhere.ts';
import { columnsShown, hiddenIn, holdBackShowing } from './hidden-elsewhere.ts';
import type { Obstacle } from './obstacle.ts';
import {
  analysedLacks,
  analysedMarked,
  errorInConfig,
  noKey,
  obstacleTo,
  obstacleToCopy,
  obstacleToDeletes,
  obstacleToHiding,
  obstacleToKey,
} from './obstacle.ts';
import type { SelectedColumn } from './selected-column.ts';
import { namedColumns, selectColumns } from './selected-column.ts';

/** A table that can be read: its shape, and how to select it. */
export interface SurveyedTable {
  /** The table at the source. */
  readonly relation: RelationName;
  /** The columns that the config leaves out and those that it masks, by their names at the source. */
  readonly leftOut: readonly string[];
  readonly masked: readonly string[];
  readonly oid: string;
  readonly shape: TableShape;
  /** What follows `from` and what `lock table` takes: the rows of this relation and of its partitions, not of its heirs. */
  readonly from: string;
  /**
   * Whether it is locked before the snapshot is taken. A view is locked with the tables that it reads, if its owner may read
   * them. Otherwise reading takes the lock, and the survey afterwards shows what happened before.
   */
  readonly lock: 'always' | 'if allowed' | 'never';
  /** The columns that get another name in the warehouse, because the source has renamed them. */
  readonly renamed: readonly RenamedColumn[];
  /** The expression that selects a column of the shape, by the column's name in the warehouse. */
  readonly expressions: ReadonlyMap<string, string>;
  /** The columns of a configured key that the source does not enforce, by their names there. */
  readonly toProve: readonly string[];
  /** The share of its rows that one run may delete, by the config. */
  readonly maxDeletes?: number;
  /** About how many rows it has; undefined when its source does not know. */
  readonly estimatedRows: number | undefined;
}

/** What the catalogue of a source has of the tables that the config chooses, by their names in the warehouse. */
export interface Survey {
  readonly tables: ReadonlyMap<string, SurveyedTable>;
  readonly heldBack: readonly HeldBack[];
  /** Where the tables that are held back are at the source, as far as it has them. */
  readonly relations: ReadonlyMap<string, RelationName>;
}

/** The tables to look for. */
export interface SurveyRequest {
  readonly source: string;
  readonly rules: readonly TableRule[];
  /** Whether a table has landed from this source: if the config names it, it must still exist. */
  readonly hasLanded: (table: string) => boolean;
  /** Whether to leave out a table that a pattern chooses. */
  readonly ignores: (table: string) => boolean;
  /**
   * The columns that analytics read of a table, in which they would also count rows that are marked as deleted; undefined
   * for others.
   */
  readonly analysed?: (table: string) => readonly string[] | undefined;
  /** How the tables were when they last landed. */
  readonly known?: ReadonlyMap<string, TableShape>;
  /** Those of the renamed columns that keep their earlier names in the warehouse; without it none does. */
  readonly keepNames?: (renamed: readonly RenamedOf[]) => Promise<readonly RenamedOf[]>;
  /** Distinguishes the salt of masked values from another, without revealing it. */
  readonly saltId?: string;
}

/**
 * The shapes of the chosen tables in the current transaction, with one query, and those that cannot be read losslessly
 * (missing, no privilege, too large without a key …), each with its remedy.
 */
export async function survey(client: Client, request: SurveyRequest): Promise<Survey> {
  const { source, rules, hasLanded, ignores, known = new Map<string, TableShape>() } = request;
  const choice = chooseTables(
    source,
    rules,
    await readCatalog(
      client,
      rules.map(({ pattern }) => pattern),
    ),
  );
  const { conflicts } = choice;
  const moved = await readMoved(client, request, choice);
  const movedOids = new Set([...moved.values()].map(({ relation }) => relation.oid));
  const chosen = [...choice.chosen.filter(({ relation }) => !movedOids.has(relation.oid)), ...moved.values()];
  const tables = new Map<string, SurveyedTable>();
  const relations = new Map<string, RelationName>(conflicts.map(({ table, relation }) => [table, relation]));
  const heldBack: HeldBack[] = conflicts.map(({ table, problem, advice }) => ({ table, problem, advice }));
  const renamed = chosen.flatMap(({ table, relation }) =>
    renamedColumns(known.get(table), relation.oid, namedColumns(relation)).map((column) => ({
      table,
      ...column,
    })),
  );
  const kept = (renamed.length > 0 && (await request.keepNames?.(renamed))) || [];
  const showing: ShowingTable[] = [];
  for (const each of chosen) {
    const ofTable = ({ table }: RenamedOf) => table === each.table;
    const names = {
      kept: kept.filter(ofTable),
      renamed: renamed
        .filter((column) => ofTable(column) && !kept.includes(column))
        .map(({ from, to }) => ({ from, to })),
    };
    if (!each.named && ignores(each.table)) continue;
    const examined = examine(each, request.saltId ?? '', names, known.get(each.table));
    const found =
      'problem' in examined ? examined : (obstacleToAnalytics(request, each, examined) ?? examined);
    if ('problem' in found) {
      heldBack.push({ table: each.table, ...found });
      relations.set(each.table, each.relation);
    } else if (moved.has(each.table)) {
      const movedTo = relationLabel(each.relation);
      tables.set(each.table, { ...found, shape: { ...found.shape, movedTo } });
    } else {
      tables.set(each.table, found);
      const shown = columnsShown(each, found, known);
      if (shown) showing.push(shown);
    }
  }
  for (const { chosen: each } of showing) tables.delete(each.table);
  for (const each of showing)
    for (const held of holdBackShowing(each, known, (table) => tables.has(table))) {
      heldBack.push(held);
      relations.set(held.table, each.chosen.relation);
    }
  const mustExist = ({ table, required }: MissingTable) => required || hasLanded(table);
  for (const each of choice.missing)
    if (!tables.has(each.table) && !relations.has(each.table))
      heldBack.push(mustExist(each) ? absent(each) : { ...absent(each), elsewhere: true });
  return { tables, heldBack, relations };
}

/** Why the session analytics would be wrong with this table; undefined when they would not, or do not read it. */
function obstacleToAnalytics(
  { analysed, hasLanded }: SurveyRequest,
  { table, options }: ChosenTable<CatalogTable>,
  { shape, leftOut }: SurveyedTable,
): Obstacle | undefined {
  const needed = analysed?.(table);
  if (!needed) return undefined;
  if (options.deletes === 'mark') return analysedMarked();
  const lacks = needed.filter((name) => !shape.columns.some((column) => column.name === name));
  // A column that the source drops later is an incident of its own, and stops nothing.
  const lacking = hasLanded(table) ? lacks.filter((name) => leftOut.includes(name)) : lacks;
  return lacking.length > 0 ? analysedLacks(lacking, table) : undefined;
}

/**
 * The tables that the patterns may stand for. One that is dropped while the catalogue is read has lost its privileges: what took its
 * place is found when the catalogue is read again.
 */
async function readCatalog(client: Client, wanted: readonly TablePattern[]): Promise<CatalogTable[]> {
  const wasDropped = ({ readable }: CatalogTable) => readable === null;
  const found = await readCatalogOnce(client, wanted);
  if (!found.some(wasDropped)) return found;
  return (await readCatalogOnce(client, wanted)).filter((table) => !wasDropped(table));
}

async function readCatalogOnce(client: Client, wanted: readonly TablePattern[]): Promise<CatalogTable[]> {
  const exact = wanted.filter(isExact);
  const patterns = wanted.filter((pattern) => !isExact(pattern));
  const { rows } = await client.query<{ found: string }>(sqlFile('source/survey.sql'), [
    exact.map(({ schema }) => schema.text),
    exact.map(({ name }) => name.text),
    patterns.map(({ schema }) => likePattern(schema)),
    patterns.map(({ name }) => likePattern(name)),
  ]);
  return rows.map(({ found }) => JSON.parse(found) as CatalogTable);
}

/**
 * The tables that the config names, and that the source has renamed or moved to another schema since they landed: they are the
 * same tables, by their oids. A line with the earlier name comes before a pattern, and after a line with the new one.
 */
async function readMoved(
  client: Client,
  { known }: SurveyRequest,
  { chosen, missing }: Choice<CatalogTable>,
): Promise<ReadonlyMap<string, ChosenTable<CatalogTable>>> {
  const byOid = new Map<string, MissingTable>();
  for (const each of missing) {
    const oid = known?.get(each.table)?.oid;
    const taken = chosen.some(({ table, relation, named }) =>
      relation.oid === oid ? named : table === each.table,
    );
    if (oid !== undefined && !taken && each.options.error === undefined) byOid.set(oid, each);
  }
  if (byOid.size === 0) return new Map();
  const { rows } = await client.query<RelationName>(
    `select n.nspname as schema, c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.oid = any ($1::oid[])`,
    [[...byOid.keys()]],
  );
  const found = rows.length > 0 ? await readCatalog(client, rows.map(exactPattern)) : [];
  return new Map(
    found.flatMap((relation) => {
      const { table, options } = byOid.get(relation.oid) ?? {};
      return table === undefined ? [] : [[table, { relation, options: options!, named: true, table }]];
    }),
  );
}

/** Why a table of the config that the source lacks is held back. */
function absent({ table, relation, options: { error } }: MissingTable): HeldBack {
  if (error !== undefined) return { table, ...errorInConfig(error) };
  return {
    table,
    problem: `it does not exist at the source${table === relationLabel(relation) ? '' : `, where it is ${relationLabel(relation)}`}`,
    advice: 'Create it, or remove it from the config.',
  };
}

/** The renamed columns of a table: those that keep their names in the warehouse, and the others. */
interface RenamedColumns {
  readonly kept: readonly RenamedColumn[];
  readonly renamed: readonly RenamedColumn[];
}

function examine(
  { relation, options }: ChosenTable<CatalogTable>,
  saltId: string,
  { kept, renamed }: RenamedColumns,
  known: TableShape | undefined,
): SurveyedTable | Obstacle {
  if (options.error !== undefined) return errorInConfig(options.error);
  const selected = selectColumns(relation, options, saltId, kept);
  const key = chooseKey(relation, options.key);
  const copied = whyCopied(relation, options.strategy === 'copy', key !== undefined);
  const obstacle =
    obstacleTo(relation, selected, copied === undefined ? 'sweep' : 'copy') ??
    (copied === undefined ? obstacleToSweep(relation, key?.columns, selected) : undefined) ??
    obstacleToCopy(options.key, copied) ??
    (known?.oid === relation.oid ? obstacleToHiding(relation, known.hidden, options, selected) : undefined) ??
    obstacleToDeletes(options.deletes, selected, copied);
  if (obstacle) return obstacle;
  const leftOut = relation.columns
    .map(({ name }) => name)
    .filter((name) => !selected.some(({ source }) => source.name === name));
  const masked = selected.flatMap(({ source, mask }) => (mask === undefined ? [] : source.name));
  const byName = options.columns && 'except' in options.columns ? leftOut : [];
  const hidden = relation.columns.filter(({ name }) => byName.includes(name) || masked.includes(name));
  const nameOf = new Map(selected.map(({ source, column }) => [source.name, column.name]));
  return {
    relation: { schema: relation.schema, name: relation.name },
    leftOut,
    masked,
    oid: relation.oid,
    shape: {
      oid: relation.oid,
      columns: selected.map(({ column }) => column),
      key: copied === undefined ? key!.columns.map((column) => nameOf.get(column)!) : [],
      leaves: showsChanges(relation) ? relation.leaves.map(({ oid, filenode }) => ({ oid, filenode })) : [],
      ...(leftOut.length > 0 && { leftOut }),
      ...(hidden.length > 0 && {
        hidden: Object.fromEntries(hidden.map(({ name, origin }) => [name, numberOf(origin)])),
      }),
      ...((hidden.length > 0 || leftOut.length > 0) && { hiddenIn: hiddenIn(relation, known) }),
      ...(copied !== undefined && { copied }),
      ...(options.deletes !== undefined && options.deletes !== 'mirror' && { deletes: options.deletes }),
    },
    from: `${relation.kind === 'r' ? 'only ' : ''}${qualified(relation.schema, relation.name)}`,
    lock:
      !relation.readable || !/[rpv]/.test(relation.kind)
        ? 'never'
        : relation.kind === 'v'
          ? 'if allowed'
          : 'always',
    expressions: new Map(selected.map(({ column, expression }) => [column.name, expression])),
    renamed,
    estimatedRows: estimateRows(relation),
    toProve: copied !== undefined || key!.enforced ? [] : key!.columns,
    ...(options.maxDeletes !== undefined && { maxDeletes: options.maxDeletes }),
  };
}

function estimateRows({ leaves }: CatalogTable): number | undefined {
  const rows = leaves.map((leaf) => leaf.rows);
  return rows.length === 0 || rows.includes(null)
    ? undefined
    : rows.reduce<number>((sum, each) => sum + each!, 0);
}

function obstacleToSweep(
  table: CatalogTable,
  key: readonly string[] | undefined,
  selected: readonly SelectedColumn[],
): Obstacle | undefined {
  return key ? obstacleToKey(key, table, selected) : noKey(sizeOf(table));
}

/** The configured key, the primary key, or a unique key; undefined when there is none. */
function chooseKey(table: CatalogTable, wanted: readonly string[] | undefined) {
  if (!wanted) {
    const key = table.keys.find(({ primary }) => primary) ?? table.keys[0];
    return key && { columns: key.columns, enforced: true };
  }
  const sorted = (columns: readonly string[]) => JSON.stringify([...columns].sort());
  const key = table.keys.find(({ columns }) => sorted(columns) === sorted(wanted));
  return key ? { columns: key.columns, enforced: true } : { columns: wanted, enforced: false };
}
