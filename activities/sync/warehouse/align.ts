import type { Client } from 'pg';
import type { Column, TableBatch } from '../../../model/batch.ts';
import type { Cause } from '../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { identList, qualified, quoteIdent } from '../../../model/identifier.ts';
import { addColumn, createClean, createRaw, keysTable } from './statements.ts';

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

/** The columns of clean that the source no longer has. */
export async function vanishedColumns(client: Client, { table, shape }: TableBatch): Promise<string[]> {
  const known = new Set(['project', 'batch', ...shape.columns.map(({ name }) => name)]);
  const columns = (await readColumns(client)).get(`clean.${table}`) ?? new Map<string, string>();
  return [...columns.keys()].filter((name) => !known.has(name));
}

interface Wanted {
  readonly schema: 'raw' | 'clean';
  readonly name: string;
  readonly columns: readonly Column[];
  readonly create: string;
}

function wantedTables(tables: readonly TableBatch[]): Wanted[] {
  return tables.flatMap(({ table, shape }): Wanted[] => {
    const keys = shape.columns.filter(({ name }) => shape.key.includes(name));
    return [
      { schema: 'raw', name: table, columns: shape.columns, create: createRaw(table, shape.columns) },
      { schema: 'raw', name: keysTable(table), columns: keys, create: createRaw(keysTable(table), keys) },
      { schema: 'clean', name: table, columns: shape.columns, create: createClean(table, shape) },
    ];
  });
}

async function statementsFor(
  client: Client,
  source: string,
  tables: readonly TableBatch[],
  wanted: readonly Wanted[],
): Promise<string[]> {
  const existing = await readColumns(client);
  const statements: string[] = [];
  const causes: Cause[] = [];
  for (const { schema, name, columns, create } of wanted) {
    const have = existing.get(`${schema}.${name}`);
    if (!have) {
      statements.push(create);
      continue;
    }
    const changed = columns.filter((column) => (have.get(column.name) ?? column.type) !== column.type);
    if (changed.length > 0 && schema === 'raw') {
      // Raw holds only rows that are loaded again, so the table is simply recreated.
      statements.push(`drop table ${qualified(schema, name)}`, create);
      continue;
    }
    causes.push(...changed.map((column) => changedType(name, column, have.get(column.name)!)));
    const added = columns.filter((column) => !have.has(column.name));
    statements.push(...added.map((column) => addColumn(schema, name, column)));
  }
  causes.push(...(await changedKeys(client, tables)));
  const [first, ...others] = causes;
  if (!first) return statements;
  throw createFailure(failureTypes.cannotLand, { source, causes: [first, ...others] }, { final: true });
}

function changedType(table: string, { name, type }: Column, was: string): Cause {
  return {
    table,
    problem: `column "${name}" is ${type} at the source and ${was} in the warehouse`,
    advice: 'Nothing was landed. If the change is intended, run in the warehouse:',
    sql: `alter table ${qualified('clean', table)} alter column ${quoteIdent(name)} type ${type} using ${quoteIdent(name)}::${type}`,
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
     group by 1`,
  );
  return new Map(
    rows.map(({ table, columns }) => [
      table,
      new Map(Object.entries(JSON.parse(columns) as Record<string, string>)),
    ]),
  );
}
