import type { Client } from 'pg';
import type { Cause } from '../../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../../model/failure.ts';
import { qualified } from '../../../../model/identifier.ts';
import { codeOf } from '../../../postgres/errors.ts';
import type { Dependent } from '../dependents.ts';
import { createViewStatement, readDependents, usedByView } from '../dependents.ts';
import { readSettings, restoreSettings } from '../relation-settings.ts';
import type { Alteration } from './align-statements.ts';

/** A table of clean, and the source for which it is altered. */
export interface AlteredTable {
  readonly source: string;
  readonly table: string;
}

/**
 * Alters a table of clean. The views that read it and keep the ALTER from happening, an analyst's and our own, are made again
 * around it, with their owners, privileges and comments. Throws CannotLand, naming them, when objects are in the way that
 * cannot be made again, or a view that the new type does not fit. Call it within a transaction.
 */
export async function alterBelowViews(
  client: Client,
  altered: AlteredTable,
  { statement, retypes = [] }: Pick<Alteration, 'statement' | 'retypes'>,
): Promise<void> {
  await client.query('savepoint altering');
  try {
    await client.query(statement);
  } catch (error) {
    if (!usedByView.test(codeOf(error) ?? '')) throw error;
    await client.query('rollback to savepoint altering');
    const dependents = await readAffected(client, altered.table, retypes);
    if (dependents.length === 0) throw error;
    const cause = inTheWay(altered.table, dependents);
    if (cause) throw cannotLand(altered.source, cause);
    await remake(client, altered, dependents, statement);
  }
  await client.query('release savepoint altering');
}

/** The objects that a change of types of a table's columns may affect, in an order in which they can be dropped. */
async function readAffected(client: Client, table: string, columns: readonly string[]): Promise<Dependent[]> {
  const found = await readDependents(client, [`clean.${table}`]);
  const views = found.flatMap(({ type, identity }) => (type === 'view' ? identity : []));
  const { rows } = await client.query<{ identity: string }>(
    `select o.identity
     from pg_depend d
     join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
     cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) o
     where d.refclassid = 'pg_class'::regclass and a.attrelid = $1::regclass and a.attname = any ($2)
       and d.classid in ('pg_trigger'::regclass, 'pg_policy'::regclass)`,
    [qualified('clean', table), columns],
  );
  const ofColumns = rows.map(({ identity }) => identity);
  // Other triggers and policies, and the defaults of generated columns, stay with the table; a trigger on a view does not.
  return found.filter(
    ({ type, identity }) =>
      /view|function|procedure/.test(type) ||
      ofColumns.includes(identity) ||
      (type === 'trigger' && views.some((view) => identity.endsWith(` on ${view}`))),
  );
}

async function remake(
  client: Client,
  altered: AlteredTable,
  views: readonly Dependent[],
  statement: string,
): Promise<void> {
  const names = views.map(({ name }) => name!);
  const settings = await readSettings(client, names);
  const created: { identity: string; create: string }[] = [];
  for (const { identity } of views)
    created.push({ identity, create: await createViewStatement(client, identity) });
  for (const { identity } of views) await client.query(`drop view ${identity}`);
  await client.query(statement);
  for (const { identity, create } of created.reverse())
    await client.query(create).catch((error: unknown) => {
      throw unfit(altered, identity, error as Error);
    });
  await restoreSettings(client, names, settings);
}

/** That some of the objects cannot be made again; undefined when they are all views. */
function inTheWay(table: string, dependents: readonly Dependent[]): Cause | undefined {
  if (dependents.every(({ type }) => type === 'view')) return undefined;
  // A view is made again, unless it may read one of the others: then it comes before that.
  const last = dependents.findLastIndex(({ type }) => !/^(view|trigger|policy)$/.test(type));
  const toDrop = dependents.filter(({ type }, at) => type !== 'view' || at < last);
  const names = toDrop.map(({ type, identity }) => `${type} ${identity}`);
  const problem = `a column changed at the source, and cannot change in the warehouse, because other objects depend on it: ${names.join(', ')}`;
  const advice =
    'Save their definitions, drop them, and create them again after the next run. Run in the warehouse:';
  const sql = toDrop.flatMap(({ drop }) => drop ?? []).join(';\n');
  return { table, problem, advice, ...(sql !== '' && { sql }) };
}

function unfit({ source, table }: AlteredTable, view: string, { message }: Error) {
  return cannotLand(source, {
    table,
    problem: `a column changed at the source, which does not fit the view ${view}: ${message}`,
    advice: 'Change the view, or drop it and create it again after the next run. Run in the warehouse:',
    sql: `drop view ${view}`,
  });
}

function cannotLand(source: string, cause: Cause) {
  return createFailure(failureTypes.cannotLand, { source, causes: [cause] }, { final: true });
}
