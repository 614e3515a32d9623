import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Column, TableBatch, TableShape } from '../../../model/batch.ts';
import type { Cause } from '../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';
import { commonType, holds, wideType } from '../../../model/wide-type.ts';
import { codeOf, namingTable } from '../../postgres/errors.ts';
import type { Timeouts } from '../../postgres/timeouts.ts';
import { alterBelowViews } from './alter-below-views.ts';
import { readLockHolders } from './lock-patience.ts';
import type { TableName } from './relations.ts';
import { makesLeaves, readTables } from './relations.ts';
import type { GeneratedColumn, TypedColumn } from './statements.ts';
import { addColumns, changeColumns, createClean, createLeaf, createRaw, renameColumn } from './statements.ts';
import { inTransaction } from './transaction.ts';

type Columns = ReadonlyMap<string, string>;

/**
 * Aligns raw and clean with the columns of the batch's tables: makes missing tables and leaves, for which nobody waits, and
 * returns the tables that `alterTables` has to alter. Columns that the source no longer has stay. The changed key of a flat
 * table fails the batch with the statement to run. Call it within a transaction; it waits for other sources that do the same.
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
 * Adds the missing columns and widens those that cannot hold what the source has, one table after the other, each in a transaction
 * of its own that waits only briefly, because landings and queries wait behind it. `passFence` is run first in each, and says
 * whether to go on. Done already, it changes nothing. Throws CannotLand with the table that is in use for too long.
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
      const [next] = alter;
      if (next?.rewrites) await client.query(`set local statement_timeout = ${timeouts.statementMs}`);
      if (next) await alterBelowViews(client, { source, table: table.table }, next.statement);
      return alter.length > 1 || next?.more === true;
    });
  for (const { table, ...rest } of tables)
    while (
      await insisting(() => alterNext({ table, ...rest }), timeouts.alterMs)
        .catch(async (error: unknown) => {
          if (!isImpatient(error)) throw error;
          throw await inUse(client, source, table, timeouts.alterMs);
        })
        .catch(namingTable(table))
    );
}

/** One transaction at a time makes or alters tables of raw and clean. */
export const alignLock = `select pg_advisory_xact_lock(hashtext('tidehouse.align'))`;

/**
 * How long an ALTER waits for a lock, shorter than deadlock_timeout, and for all the locks that it needs, before it lets the
 * others go on; in milliseconds.
 */
const alterPatience = { lockMs: 900, statementMs: 2_000, pauseMs: 500 };

/** Runs `attempt` until it gets its locks, or for `forMs`. */
async function insisting<T>(attempt: () => Promise<T>, forMs: number): Promise<T> {
  const until = Date.now() + forMs;
  for (;;)
    try {
      return await attempt();
    } catch (error) {
      if (!isImpatient(error) || Date.now() >= until) throw error;
      await pause(alterPatience.pauseMs);
    }
}

/** Whether a lock could not be had in time: lock_timeout, statement_timeout. */
function isImpatient(error: unknown): boolean {
  return /^(55P03|57014)$/.test(codeOf(error) ?? '');
}

/** The failure of one table that is in use: it waits for the next run, and the others land without it. */
async function inUse(client: Client, source: string, table: string, forMs: number) {
  const holders = await readLockHolders(client, [`clean.${table}`, `raw.${table}`]);
  const by = holders.map(({ description }) => description.replace(/\.$/, '')).join('; ');
  const problem = `its columns have changed at the source, and for ${forMs / 1_000} s could not be changed in the warehouse, because it was in use${by && `: ${by}`}`;
  const advice = 'The next run tries again.';
  return createFailure(
    failureTypes.cannotLand,
    { source, causes: [{ table, problem, advice }] },
    { final: true },
  );
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
  readonly columns: readonly TypedColumn[];
  readonly create: (partitioned: boolean) => string;
}

/** The source's columns, and the one that marks deleted rows. */
function cleanColumns({ columns, deletes }: TableShape): readonly Column[] {
  if (deletes !== 'mark') return columns;
  return [...columns, { name: 'deleted_at', type: 'timestamp with time zone', origin: '' }];
}

/** Clean with the columns of the source, and raw with the types that clean has, or will have when it holds them. */
function wantedTables(tables: readonly TableBatch[], existing: ReadonlyMap<string, Columns>): WantedTable[] {
  return tables.flatMap(({ table, shape }): WantedTable[] => {
    const clean = existing.get(`clean.${table}`);
    const staged = shape.columns.map(({ name, type }) => {
      const have = clean?.get(name) ?? type;
      return { name, type: holds(have, type) ? have : commonType(have, type) };
    });
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
        columns: staged,
        create: (p) => createRaw(table, staged, p),
      },
    ];
  });
}

/** What makes the missing tables and leaves, and what alters existing tables, in the order of their names. */
interface Statements {
  readonly create: readonly string[];
  readonly alter: readonly Alteration[];
}

interface Alteration {
  /** The table at the source. */
  readonly table: string;
  readonly statement: string;
  /** It may write every row again, during which readers wait. */
  readonly rewrites: boolean;
  /** What else the table needs shows only afterwards. */
  readonly more?: true;
}

async function statementsFor(
  client: Client,
  source: string,
  tables: readonly TableBatch[],
): Promise<Statements> {
  const existing = await readColumns(client);
  const wanted = wantedTables(tables, existing);
  const found = new Map(
    (await readTables(client, source, wanted)).map((each) => [`${each.schema}.${each.name}`, each]),
  );
  const renaming = tables.flatMap((table) => renameColumns(table, existing));
  const partitioned = found.size < wanted.length && (await makesLeaves(client));
  const creating: string[] = [];
  const alter: Alteration[] = [...renaming];
  const isRenamed = (name: string) => renaming.some(({ table }) => table === name);
  for (const table of [...wanted].sort(byName)) {
    const { schema, name, of, columns, create } = table;
    const have = existing.get(`${schema}.${name}`);
    const present = found.get(`${schema}.${name}`);
    if (!have || !present) {
      creating.push(create(partitioned), ...(partitioned ? createLeaf(table, source) : []));
      continue;
    }
    const leaf = present.partitioned ? createLeaf(table, source) : [];
    if (isRenamed(of)) {
      if (!present.relation) creating.push(...leaf);
      continue;
    }
    const added = columns.filter((column) => !have.has(column.name));
    if (schema === 'raw' && columns.some((column) => !takes(have.get(column.name), column.type))) {
      // Raw holds nothing that is not brought again: it follows clean by being made anew.
      const kept = [...have].filter(([column]) => !columns.some((each) => each.name === column));
      const all = [
        ...columns,
        ...kept.filter(([column]) => !rawOwn.has(column)).map(([column, type]) => ({ name: column, type })),
      ];
      const remake = [
        `drop table ${qualified(schema, name)}`,
        createRaw(name, all, present.partitioned),
        ...leaf,
      ];
      alter.push({ table: of, statement: remake.join(';\n'), rewrites: false });
      continue;
    }
    const widened = columns.filter(
      (column) => have.has(column.name) && !holds(have.get(column.name)!, column.type),
    );
    if (schema === 'clean' && widened.length > 0) {
      const changes = widened.map((column) => ({
        name: column.name,
        from: have.get(column.name)!,
        to: commonType(have.get(column.name)!, column.type),
      }));
      const statement = changeColumns(name, added, changes, await generatedFrom(client, name, changes));
      alter.push({ table: of, statement, rewrites: true });
    } else if (added.length > 0)
      alter.push({ table: of, statement: addColumns(schema, name, added), rewrites: false });
    if (!present.relation) creating.push(...leaf);
  }
  const [first, ...others] = await changedKeys(
    client,
    tables.filter(({ table }) => !isRenamed(table)),
  );
  if (!first) return { create: creating, alter };
  throw createFailure(failureTypes.cannotLand, { source, causes: [first, ...others] }, { final: true });
}

/** What gives the columns of a table that its source has renamed their new names, where clean has the earlier ones and not the new. */
function renameColumns(
  { table, renamed = [] }: TableBatch,
  existing: ReadonlyMap<string, Columns>,
): Alteration[] {
  const clean = existing.get(`clean.${table}`);
  const raw = existing.get(`raw.${table}`);
  const statements = renamed
    .filter(({ from, to }) => clean?.has(from) && !clean.has(to))
    .flatMap(({ from, to }) => [
      renameColumn('clean', table, from, to),
      ...(raw?.has(from) && !raw.has(to) ? [renameColumn('raw', table, from, to)] : []),
    ]);
  return statements.length === 0
    ? []
    : [{ table, statement: statements.join(';\n'), rewrites: false, more: true }];
}

function byName(a: TableName, b: TableName): number {
  const [left, right] = [qualified(a.schema, a.name), qualified(b.schema, b.name)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The columns that raw has for itself. */
const rawOwn: ReadonlySet<string> = new Set(['project', 'batch']);

/** Whether a column of raw, if there is one, can stay for a column of clean of the type `wanted`. */
function takes(have: string | undefined, wanted: string): boolean {
  if (have === undefined || have === wanted) return true;
  return have !== 'bpchar' && wideType(have) === wideType(wanted);
}

/** The columns of a clean table that an analyst generates from some of the others. */
async function generatedFrom(
  client: Client,
  table: string,
  from: readonly { readonly name: string }[],
): Promise<GeneratedColumn[]> {
  const { rows } = await client.query<Record<'name' | 'type' | 'expression', string>>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, pg_get_expr(d.adbin, d.adrelid) as expression
     from pg_attribute a
     join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = $1::regclass and a.attgenerated = 's'
       and exists (
         select from pg_depend p
         join pg_attribute s on s.attrelid = p.refobjid and s.attnum = p.refobjsubid
         where p.classid = 'pg_attrdef'::regclass and p.objid = d.oid and p.refobjid = a.attrelid and s.attname = any ($2)
       )
     order by a.attnum`,
    [qualified('clean', table), from.map(({ name }) => name)],
  );
  return rows;
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
