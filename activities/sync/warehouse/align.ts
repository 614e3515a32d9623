import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Column, TableBatch, TableShape } from '../../../model/batch.ts';
import type { Cause } from '../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';
import { holds, wideType } from '../../../model/wide-type.ts';
import { codeOf, namingTable } from '../../postgres/errors.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';
import type { TableName } from './relations.ts';
import { makesLeaves, readTables } from './relations.ts';
import { addColumns, createClean, createLeaf, createRaw } from './statements.ts';
import { inTransaction } from './transaction.ts';

type Columns = ReadonlyMap<string, string>;

/**
 * Aligns raw and clean with the columns of the batch's tables: makes missing tables and leaves, for which nobody waits, and
 * returns the tables that `alterTables` has to alter. Columns that the source no longer has stay. A changed column type or a
 * changed key fails the batch with the statement to run. Call it within a transaction; it waits for other sources that do the same.
 */
export async function makeTables(
  client: Client,
  source: string,
  tables: readonly TableBatch[],
): Promise<TableBatch[]> {
  const { create, alter } = await statementsFor(client, source, tables);
  if (create.length > 0) {
    await client.query(alignLock);
    for (const statement of (await statementsFor(client, source, tables)).create)
      await client.query(statement);
  }
  return tables.filter(({ table }) => alter.some((each) => each.table === table));
}

/**
 * Adds the missing columns, one table after the other, each in a transaction of its own that waits only briefly, because
 * landings and queries wait behind it. `passFence` is run first in each, and says whether to go on. Done already, it changes nothing.
 */
export async function alterTables(
  client: Client,
  timeouts: Timeouts,
  source: string,
  tables: readonly TableBatch[],
  passFence: () => Promise<boolean>,
): Promise<void> {
  const brief = {
    ...timeouts,
    warehouseLockMs: alterPatience.lockMs,
    statementMs: alterPatience.statementMs,
  };
  const alterNext = async (table: TableBatch) =>
    inTransaction(client, brief, async () => {
      if (!(await passFence())) return false;
      await client.query(alignLock);
      const { alter } = await statementsFor(client, source, [table]);
      if (alter[0]) await client.query(alter[0].statement);
      return alter.length > 1;
    });
  for (const table of tables) while (await insisting(() => alterNext(table)).catch(namingTable(table.table)));
}

/** One transaction at a time makes or alters tables of raw and clean. */
export const alignLock = `select pg_advisory_xact_lock(hashtext('tidehouse.align'))`;

/**
 * How long an ALTER waits for a lock, shorter than deadlock_timeout, and for all the locks that it needs, before it lets the
 * others go on; in milliseconds.
 */
const alterPatience = { lockMs: 900, statementMs: 2_000, pauseMs: 500, forMs: 60_000 };

/** Runs `attempt` until it gets its locks, or for `alterPatience.forMs`. */
async function insisting<T>(attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + alterPatience.forMs;
  for (;;)
    try {
      return await attempt();
    } catch (error) {
      // lock_timeout, statement_timeout
      if (!/^(55P03|57014)$/.test(codeOf(error) ?? '') || Date.now() >= until) throw error;
      await pause(alterPatience.pauseMs);
    }
}

/** Of each table, the columns of clean that the source no longer has. Those that raw lacks were added by an analyst. */
export async function vanishedColumns(
  client: Client,
  tables: readonly TableBatch[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const existing = await readColumns(client);
  return new Map(
    tables.map(({ table, shape }) => {
      const known = new Set(['project', 'batch', ...shape.columns.map(({ name }) => name)]);
      const clean = existing.get(`clean.${table}`) ?? new Map<string, string>();
      const raw = existing.get(`raw.${table}`) ?? new Map<string, string>();
      return [table, [...clean.keys()].filter((name) => raw.has(name) && !known.has(name))];
    }),
  );
}

interface WantedTable extends TableName {
  /** The table at the source. */
  readonly of: string;
  readonly columns: readonly Column[];
  readonly create: (partitioned: boolean) => string;
}

/** The source's columns, and the one that marks deleted rows. */
function cleanColumns({ columns, deletes }: TableShape): readonly Column[] {
  if (deletes !== 'mark') return columns;
  return [...columns, { name: 'deleted_at', type: 'timestamp with time zone', origin: '' }];
}

function wantedTables(tables: readonly TableBatch[]): WantedTable[] {
  return tables.flatMap(({ table, shape }): WantedTable[] => {
    return [
      {
        schema: 'clean',
        name: table,
        of: table,
        columns: cleanColumns(shape),
        create: (p) => createClean(table, { ...shape, columns: cleanColumns(shape) }, p),
      },
      {
        schema: 'raw',
        name: table,
        of: table,
        columns: shape.columns,
        create: (p) => createRaw(table, shape.columns, p),
      },
    ];
  });
}

/** What makes the missing tables and leaves, and what alters existing tables, in the order of their names. */
interface Statements {
  readonly create: readonly string[];
  readonly alter: readonly { readonly table: string; readonly statement: string }[];
}

async function statementsFor(
  client: Client,
  source: string,
  tables: readonly TableBatch[],
): Promise<Statements> {
  const wanted = wantedTables(tables);
  const existing = await readColumns(client);
  const found = new Map(
    (await readTables(client, source, wanted)).map((each) => [`${each.schema}.${each.name}`, each]),
  );
  const partitioned = found.size < wanted.length && (await makesLeaves(client));
  const creating: string[] = [];
  const alter: { table: string; statement: string }[] = [];
  const causes: Cause[] = [];
  for (const table of [...wanted].sort(byName)) {
    const { schema, name, of, columns, create } = table;
    const have = existing.get(`${schema}.${name}`);
    const present = found.get(`${schema}.${name}`);
    if (!have || !present) {
      creating.push(create(partitioned), ...(partitioned ? createLeaf(table, source) : []));
      continue;
    }
    const leaf = present.partitioned ? createLeaf(table, source) : [];
    const changed = columns.filter((column) => !holds(have.get(column.name) ?? column.type, column.type));
    if (changed.length > 0 && schema === 'raw') {
      // Raw holds nothing that is not brought again: it follows the source by being made anew.
      const remake = [`drop table ${qualified(schema, name)}`, create(present.partitioned), ...leaf];
      alter.push({ table: of, statement: remake.join(';\n') });
      continue;
    }
    causes.push(...changed.map((column) => changedType(name, column, have.get(column.name)!)));
    const added = columns.filter((column) => !have.has(column.name));
    if (added.length > 0) alter.push({ table: of, statement: addColumns(schema, name, added) });
    if (!present.relation) creating.push(...leaf);
  }
  causes.push(...(await changedKeys(client, tables)));
  const [first, ...others] = causes;
  if (!first) return { create: creating, alter };
  throw createFailure(failureTypes.cannotLand, { source, causes: [first, ...others] }, { final: true });
}

function byName(a: TableName, b: TableName): number {
  const [left, right] = [qualified(a.schema, a.name), qualified(b.schema, b.name)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function changedType(table: string, { name, type }: Column, was: string): Cause {
  const wide = wideType(type);
  return {
    table,
    problem: `column "${name}" is ${type} at the source and ${was} in the warehouse`,
    advice: 'Nothing was landed. If the change is intended, run in the warehouse:',
    sql: `alter table ${qualified('clean', table)} alter column ${quoteIdent(name)} type ${wide} using ${quoteIdent(name)}::${wide}`,
  };
}

async function changedKeys(client: Client, tables: readonly TableBatch[]): Promise<Cause[]> {
  const { rows } = await client.query<{ table: string; key: string; constraint: string }>(
    `select c.relname as table, k.conname as constraint,
            (select json_agg(a.attname order by u.n)
             from unnest(i.indkey::int2[]) with ordinality u(attnum, n)
             join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum) as key
     from pg_index i
     join pg_class c on c.oid = i.indrelid
     join pg_constraint k on k.conindid = i.indexrelid and k.contype = 'p'
     where i.indisprimary and c.relnamespace = 'clean'::regnamespace and c.relname = any ($1)`,
    [tables.map(({ table }) => table)],
  );
  const found = new Map(rows.map((row) => [row.table, row]));
  return tables.flatMap(({ table, shape: { key } }) => {
    const now = found.get(table);
    const have = now && (JSON.parse(now.key) as string[]).slice(1);
    if (!have || JSON.stringify([...have].sort()) === JSON.stringify([...key].sort())) return [];
    const mayBeNull = have.filter((name) => !key.includes(name));
    return [
      {
        table,
        problem: `its key is (${key.join(', ')}) at the source and (${have.join(', ')}) in the warehouse`,
        advice: 'Nothing was landed. If the change is intended, run in the warehouse:',
        sql:
          `alter table ${qualified('clean', table)} drop constraint ${quoteIdent(now.constraint)}, ` +
          mayBeNull.map((name) => `alter column ${quoteIdent(name)} drop not null, `).join('') +
          `add primary key (project, ${identList(key)})`,
      },
    ];
  });
}

async function readColumns(client: Client): Promise<Map<string, Columns>> {
  const { rows } = await client.query<{ table: string; columns: string }>(
    `select n.nspname || '.' || c.relname as table,
            json_object_agg(a.attname, case a.atttypid
              when 'bpchar'::regtype then 'bpchar' when 'bpchar[]'::regtype then 'bpchar[]'
              else format_type(a.atttypid, null) end) as columns
     from pg_attribute a
     join pg_class c on c.oid = a.attrelid
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('raw', 'clean') and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
       and a.attgenerated = ''
     group by 1`,
  );
  return new Map(
    rows.map(({ table, columns }) => [
      table,
      new Map(Object.entries(JSON.parse(columns) as Record<string, string>)),
    ]),
  );
}
