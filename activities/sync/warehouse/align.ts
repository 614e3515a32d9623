import type { Client } from 'pg';
import type { Column, TableBatch } from '../../../model/batch.ts';
import type { Cause } from '../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';
import { holds, wideType } from '../../../model/wide-type.ts';
import type { TableName } from './relations.ts';
import { makesLeaves, readTables } from './relations.ts';
import { addColumn, createClean, createLeaf, createRaw, keysTable } from './statements.ts';

type Columns = ReadonlyMap<string, string>;

/**
 * Aligns raw and clean with the columns of the batch's tables: missing tables and columns are created, removed columns
 * stay. A changed column type or a changed key fails the batch with the statement to run.
 * Call it within a transaction; it waits for other sources that do the same.
 */
export async function alignTables(
  client: Client,
  source: string,
  tables: readonly TableBatch[],
): Promise<void> {
  const wanted = wantedTables(tables);
  if ((await statementsFor(client, source, tables, wanted)).length === 0) return;
  await client.query(`select pg_advisory_xact_lock(hashtext('tidehouse.align'))`);
  for (const statement of await statementsFor(client, source, tables, wanted)) await client.query(statement);
}

/** Of each table, the columns of clean that the source no longer has. */
export async function vanishedColumns(
  client: Client,
  tables: readonly TableBatch[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const existing = await readColumns(client);
  return new Map(
    tables.map(({ table, shape }) => {
      const known = new Set(['project', 'batch', ...shape.columns.map(({ name }) => name)]);
      const columns = existing.get(`clean.${table}`) ?? new Map<string, string>();
      return [table, [...columns.keys()].filter((name) => !known.has(name))];
    }),
  );
}

interface WantedTable extends TableName {
  readonly columns: readonly Column[];
  readonly create: (partitioned: boolean) => string;
}

function wantedTables(tables: readonly TableBatch[]): WantedTable[] {
  return tables.flatMap(({ table, shape }): WantedTable[] => {
    const keys = shape.columns.filter(({ name }) => shape.key.includes(name));
    const keysName = keysTable(table);
    return [
      { schema: 'clean', name: table, columns: shape.columns, create: (p) => createClean(table, shape, p) },
      {
        schema: 'raw',
        name: table,
        columns: shape.columns,
        create: (p) => createRaw(table, shape.columns, p),
      },
      { schema: 'raw', name: keysName, columns: keys, create: (p) => createRaw(keysName, keys, p) },
    ];
  });
}

/** Columns are added to the tables in the order of their names, as landings lock them. */
async function statementsFor(
  client: Client,
  source: string,
  tables: readonly TableBatch[],
  wanted: readonly WantedTable[],
): Promise<string[]> {
  const existing = await readColumns(client);
  const found = new Map(
    (await readTables(client, source, wanted)).map((each) => [`${each.schema}.${each.name}`, each]),
  );
  const partitioned = found.size < wanted.length && (await makesLeaves(client));
  const statements: string[] = [];
  const causes: Cause[] = [];
  for (const table of [...wanted].sort(byName)) {
    const { schema, name, columns, create } = table;
    const have = existing.get(`${schema}.${name}`);
    const present = found.get(`${schema}.${name}`);
    if (!have || !present) {
      statements.push(create(partitioned), ...(partitioned ? createLeaf(table, source) : []));
      continue;
    }
    const leaf = present.partitioned ? createLeaf(table, source) : [];
    const changed = columns.filter((column) => !holds(have.get(column.name) ?? column.type, column.type));
    if (changed.length > 0 && schema === 'raw') {
      // Raw holds nothing that is not brought again: it follows the source by being made anew.
      statements.push(`drop table ${qualified(schema, name)}`, create(present.partitioned), ...leaf);
      continue;
    }
    causes.push(...changed.map((column) => changedType(name, column, have.get(column.name)!)));
    const added = columns.filter((column) => !have.has(column.name));
    statements.push(...added.map((column) => addColumn(schema, name, column)));
    if (!present.relation) statements.push(...leaf);
  }
  causes.push(...(await changedKeys(client, tables)));
  const [first, ...others] = causes;
  if (!first) return statements;
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
