import type { Client } from 'pg';
import type { Cause } from '../../../model/failure.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { codeOf } from '../../postgres/errors.ts';
import type { Dependent } from './dependents.ts';
import { createViewStatement, readDependents, usedByView } from './dependents.ts';
import { readSettings, restoreSettings } from './relation-settings.ts';

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
  statement: string,
): Promise<void> {
  await client.query('savepoint altering');
  try {
    await client.query(statement);
  } catch (error) {
    if (!usedByView.test(codeOf(error) ?? '')) throw error;
    await client.query('rollback to savepoint altering');
    const found = await readDependents(client, [`clean.${altered.table}`]);
    const views = found.flatMap(({ type, identity }) => (type === 'view' ? identity : []));
    // Its own triggers, and the defaults of its generated columns, stay with the table; a trigger on a view does not.
    const dependents = found.filter(
      ({ type, identity }) =>
        /view|function|procedure/.test(type) ||
        (type === 'trigger' && views.some((view) => identity.endsWith(` on ${view}`))),
    );
    const others = dependents.filter(({ type }) => type !== 'view');
    if (dependents.length === 0) throw error;
    if (others.length > 0) throw inTheWay(altered, dependents);
    await remake(client, altered, dependents, statement);
  }
  await client.query('release savepoint altering');
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

function inTheWay({ source, table }: AlteredTable, dependents: readonly Dependent[]) {
  const names = dependents.map(({ type, identity }) => `${type} ${identity}`);
  const problem = `a column changed at the source, and cannot change in the warehouse, because other objects depend on it: ${names.join(', ')}`;
  const advice =
    'Save their definitions, drop them, and create them again after the next run. Run in the warehouse:';
  const sql = dependents.flatMap(({ drop }) => drop ?? []).join(';\n');
  return cannotLand(source, { table, problem, advice, ...(sql !== '' && { sql }) });
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
