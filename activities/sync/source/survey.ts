import type { Client } from 'pg';
import type { HeldBack, RenamedColumn, TableShape } from '../../../model/batch.ts';
import type { ChosenTable, MissingTable, TableRule, Unmatched } from '../../../model/choose-tables.ts';
import { chooseTables } from '../../../model/choose-tables.ts';
import { renamedColumns } from '../../../model/renamed-columns.ts';
import type { RelationName } from '../../../model/table-pattern.ts';
import { relationLabel } from '../../../model/table-pattern.ts';
import type { RenamedOf } from '../warehouse/column-names.ts';
import type { CatalogTable } from './catalog.ts';
import { readCatalog } from './catalog.ts';
import type { ShowingTable } from './hidden-elsewhere.ts';
import { columnsShown, holdBackShowing } from './hidden-elsewhere.ts';
import { columnsByLine } from './missing-columns.ts';
import { readMoved } from './moved-tables.ts';
import type { Obstacle } from './obstacle.ts';
import { analysedLacks, analysedMarked, errorInConfig } from './obstacle.ts';
import { namedColumns } from './selected-column.ts';
import type { RenamedColumns, SurveyedTable } from './surveyed-table.ts';
import { examine } from './surveyed-table.ts';

/** What the catalogue of a source has of the tables that the config chooses, by their names in the warehouse. */
export interface Survey {
  readonly tables: ReadonlyMap<string, SurveyedTable>;
  readonly heldBack: readonly HeldBack[];
  /** Where the tables that are held back are at the source, as far as it has them. */
  readonly relations: ReadonlyMap<string, RelationName>;
  /** Its patterns that stand for no table, and names in their `except` that do not. */
  readonly unmatched: readonly Unmatched[];
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
  const patterns = rules.map(({ pattern }) => pattern);
  const choice = chooseTables(source, rules, await readCatalog(client, patterns));
  const moved = await readMoved(client, known, choice);
  const movedOids = new Set([...moved.values()].map(({ relation }) => relation.oid));
  const chosen = [...choice.chosen.filter(({ relation }) => !movedOids.has(relation.oid)), ...moved.values()];
  const lines = columnsByLine(chosen);
  const renamedOf = await findRenamed(chosen, known, request.keepNames);

  const tables = new Map<string, SurveyedTable>();
  const relations = new Map<string, RelationName>();
  const heldBack: HeldBack[] = [];
  const holdBack = (held: HeldBack, relation: RelationName) => {
    heldBack.push(held);
    relations.set(held.table, relation);
  };

  for (const { table, relation, problem, advice } of choice.conflicts)
    holdBack({ table, problem, advice }, relation);
  const showing: ShowingTable[] = [];
  for (const each of chosen) {
    const { table, relation, named, options } = each;
    if (!named && ignores(table)) continue;
    const examined = examine(
      each,
      request.saltId ?? '',
      renamedOf(table),
      known.get(table),
      lines.get(options),
    );
    const found =
      'problem' in examined ? examined : (obstacleToAnalytics(request, each, examined) ?? examined);
    if ('problem' in found) holdBack({ table, ...found }, relation);
    else if (moved.has(table)) {
      const shape = { ...found.shape, movedTo: relationLabel(relation) };
      tables.set(table, { ...found, shape });
    } else {
      tables.set(table, found);
      const shown = columnsShown(each, found, known);
      if (shown) showing.push(shown);
    }
  }
  for (const { chosen: each } of showing) tables.delete(each.table);
  for (const each of showing)
    for (const held of holdBackShowing(each, known, (table) => tables.has(table)))
      holdBack(held, each.chosen.relation);
  const mustExist = ({ table, required }: MissingTable) => required || hasLanded(table);
  for (const each of choice.missing)
    if (!tables.has(each.table) && !relations.has(each.table))
      heldBack.push(mustExist(each) ? absent(each) : { ...absent(each), elsewhere: true });
  return { tables, heldBack, relations, unmatched: choice.unmatched };
}

/** The renamed columns of each of the chosen tables, by its name in the warehouse. */
async function findRenamed(
  chosen: readonly ChosenTable<CatalogTable>[],
  known: ReadonlyMap<string, TableShape>,
  keepNames: SurveyRequest['keepNames'],
): Promise<(table: string) => RenamedColumns> {
  const all = chosen.flatMap(({ table, relation }) =>
    renamedColumns(known.get(table), relation.oid, namedColumns(relation)).map((column) => ({
      table,
      ...column,
    })),
  );
  const kept = (all.length > 0 && (await keepNames?.(all))) || [];
  const of = (table: string, columns: readonly RenamedOf[]): RenamedColumn[] =>
    columns.filter((column) => column.table === table).map(({ from, to }) => ({ from, to }));
  const renamed = all.filter((column) => !kept.includes(column));
  return (table) => ({ kept: of(table, kept), renamed: of(table, renamed) });
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

/** Why a table of the config that the source lacks is held back. */
function absent({ table, relation, options: { error } }: MissingTable): HeldBack {
  if (error !== undefined) return { table, ...errorInConfig(error) };
  return {
    table,
    problem: `it does not exist at the source${table === relationLabel(relation) ? '' : `, where it is ${relationLabel(relation)}`}`,
    advice: 'Create it, or remove it from the config.',
  };
}
