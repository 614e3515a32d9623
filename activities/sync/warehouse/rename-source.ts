import type { Client } from 'pg';
import type { Timeouts } from '../../postgres/timeouts.ts';
import { alignLock } from './align/align.ts';
import { createLeaf } from './align/table-statements.ts';
import { prepareLeaf } from './landing/leaf.ts';
import { createKey } from './leaf-key.ts';
import { lockProjects, projectTables, writableColumns } from './project-tables.ts';
import type { Relation } from './relations.ts';
import { lockParents } from './relations.ts';
import { hasSessionAnalytics } from './session-analytics.ts';
import { inTransaction } from './transaction.ts';

/** Why a source cannot be renamed. */
export class RenameRefused extends Error {}

/** Two names of one source. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/**
 * Gives a source another name in the warehouse: its rows, its position, its ledger and its session metrics, in one transaction,
 * after which its next run continues from where it was. Readers wait for nothing, and see all of it under the old name
 * or all of it under the new one. Throws a RenameRefused when nothing has landed under the old name, or something under the
 * new one. Returns how many rows clean has of it.
 */
export async function renameSource(client: Client, timeouts: Timeouts, names: Renaming): Promise<number> {
  const patient = { ...timeouts, statementMs: 0 };
  await inTransaction(client, patient, () => makeLeaves(client, names));
  return inTransaction(client, patient, async () => {
    await lockProjects(client, [names.from, names.to]);
    await refuse(client, names);
    const analysed = await hasSessionAnalytics(client);
    if (analysed) await moveMetrics(client, names);
    const moved = await moveRows(client, names, analysed);
    if (analysed)
      await client.query('delete from analytics.changed_session where project = $1', [names.from]);
    await client.query('select pg_sleep($1)', [timeouts.newLeafMs / 1_000]);
    await moveLedger(client, names);
    return moved;
  });
}

/** The leaves are there for a while before they are filled: a query may have planned one of its tables already. */
async function makeLeaves(client: Client, { from, to }: Renaming): Promise<void> {
  await client.query(alignLock);
  const made = await projectTables(client, to);
  for (const { schema, name, partitioned, relation } of await projectTables(client, from)) {
    const own = made.find((each) => each.schema === schema && each.name === name);
    if (schema !== 'clean' || !partitioned || !relation || own?.relation) continue;
    for (const statement of createLeaf({ schema, name }, to)) await client.query(statement);
  }
}

async function refuse(client: Client, { from, to }: Renaming): Promise<void> {
  const { rows } = await client.query<{ source: string }>(
    'select source from ops.source where source = any ($1) and batch is not null',
    [[from, to]],
  );
  const landed = rows.map(({ source }) => source);
  if (!landed.includes(from)) throw new RenameRefused(`Nothing has landed as ${from}.`);
  if (landed.includes(to) || (await hasRows(client, to)))
    throw new RenameRefused(`The warehouse already has rows of ${to}.`);
}

async function hasRows(client: Client, project: string): Promise<boolean> {
  for (const { schema, relation } of await projectTables(client, project)) {
    if (schema !== 'clean' || !relation) continue;
    const { rowCount } = await client.query(`select from ${relation.name} where project = $1 limit 1`, [
      project,
    ]);
    if (rowCount === 1) return true;
  }
  return false;
}

async function moveRows(client: Client, { from, to }: Renaming, analysed: boolean): Promise<number> {
  const before = await projectTables(client, from);
  const after = await projectTables(client, to);
  await lockParents(
    client,
    [...before, ...after].flatMap(({ relation }) => relation ?? []),
  );
  let moved = 0;
  for (const table of before) {
    const { schema, relation } = table;
    if (!relation) continue;
    // What raw has of a batch on its way is brought again.
    if (schema === 'raw') await client.query(`delete from ${relation.name} where project = $1`, [from]);
    else if (!relation.parent) moved += await relabel(client, relation, { from, to });
    else {
      const leaf = after.find((each) => each.schema === schema && each.name === table.name)!.relation!;
      moved += await moveLeaf(client, relation, leaf, {
        project: to,
        table: analysed ? table.name : undefined,
      });
    }
  }
  return moved;
}

async function relabel(client: Client, { name }: Relation, { from, to }: Renaming): Promise<number> {
  const { rowCount } = await client.query(`update ${name} set project = $2 where project = $1`, [from, to]);
  return rowCount ?? 0;
}

/** Rows first, indexes and triggers afterwards, as in a first load; triggers where `table` has analytics. */
async function moveLeaf(
  client: Client,
  from: Relation,
  into: Relation,
  { project, table }: { project: string; table: string | undefined },
): Promise<number> {
  const names = await writableColumns(client, into.name);
  const values = names.map((name) => (name === '"project"' ? '$1::text' : name));
  const { rowCount } = await client.query(
    `insert into ${into.name} (${names.join(', ')}) select ${values.join(', ')} from ${from.name}`,
    [project],
  );
  if (table !== undefined) await prepareLeaf(client, into, table);
  if (into.keys.length === 0) for (const key of from.keys) await createKey(client, into.name, key);
  await client.query(`analyze ${into.name}`);
  await client.query(`delete from ${from.name}`);
  return rowCount ?? 0;
}

/** What waits for a refresh waits under the new name; what the move itself notes of the old one is deleted. */
async function moveMetrics(client: Client, { from, to }: Renaming): Promise<void> {
  for (const table of ['changed_session', 'changed_rate', 'session_metrics'])
    await client.query(`update analytics.${table} set project = $2 where project = $1`, [from, to]);
}

async function moveLedger(client: Client, { from, to }: Renaming): Promise<void> {
  // What is left of a source that once had the new name and was removed.
  for (const table of ['source', 'day', 'schema_change'])
    await client.query(`delete from ops.${table} where source = $1`, [to]);
  for (const table of ['source', 'batch', 'orphan', 'day', 'schema_change'])
    await client.query(`update ops.${table} set source = $2 where source = $1`, [from, to]);
}
