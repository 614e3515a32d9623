import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { identList, qualified, quoteIdent } from '../../../../model/identifier.ts';
import { pinSettings } from '../../../postgres/session.ts';
import { createLeaf } from '../align/table-statements.ts';
import { createKey } from '../leaf-key.ts';
import { leafName } from '../relations.ts';
import { hasSessionAnalytics, isOfStar } from '../session-analytics.ts';
import type { Move } from './flat-tables.ts';
import type { RelationShape } from './relation-shape.ts';
import { bigintInstead, copyRows, createLike, nameOf, readShape, widened } from './relation-shape.ts';

/** A table and the one that will take its place: the same rows in another shape, in the schema `part`. */
export interface TableCopy {
  readonly shape: RelationShape;
  /** The name of the other table in the schema `part`, not quoted. */
  readonly name: string;
}

/**
 * Makes the tables of the move once more in their new shape, with all rows, indexes and triggers. To be called in a transaction
 * of `client` that keeps their rows as they are; `reader` is another connection, which reads them.
 */
export async function copyTables(client: Client, reader: Client, move: Move): Promise<TableCopy[]> {
  const transfer: Transfer = async ({ out, in: into }) => {
    // A transaction for each: a longer one would keep a lock on the table that is to be replaced.
    await reader.query(`begin; ${pinSettings(reader)}`);
    await pipeline(reader.query(copyTo(out)), client.query(copyFrom(into)));
    await reader.query('commit');
  };
  const shapes: RelationShape[] = [];
  for (const relation of move.relations) shapes.push(await readShape(client, relation));
  const made: TableCopy[] = [];
  const projects = move.to === 'leaves' ? await readProjects(client, shapes) : [];
  for (const shape of shapes) {
    const name = `${shape.schema}.${shape.name}`;
    await (move.to === 'leaves'
      ? fillLeaves(client, transfer, shape, qualified('part', name), projects)
      : fillWhole(client, transfer, shape, qualified('part', name)));
    made.push({ shape, name });
  }
  return made;
}

/** Copies rows from one connection to another. */
type Transfer = (statements: ReturnType<typeof copyRows>) => Promise<void>;

/** Whose rows the tables hold. Asked of an index where there is one: once for each project, and not for each row. */
async function readProjects(client: Client, shapes: readonly RelationShape[]): Promise<string[]> {
  const projects = new Set<string>();
  for (const shape of shapes) {
    const { rows } = await client.query<{ project: string }>(
      shape.key[0] === 'project'
        ? `with recursive found as (
             (select project from ${nameOf(shape)} order by project limit 1)
             union all
             select (select t.project from ${nameOf(shape)} t where t.project > f.project order by t.project limit 1)
             from found f where f.project is not null
           )
           select project from found where project is not null`
        : `select distinct project from ${nameOf(shape)}`,
    );
    for (const { project } of rows) projects.add(project);
  }
  return [...projects].sort();
}

async function fillLeaves(
  client: Client,
  transfer: Transfer,
  shape: RelationShape,
  copy: string,
  projects: readonly string[],
): Promise<void> {
  const key = shape.key.slice(1);
  // A source may later have a key of other columns, where these may be null.
  const analysed = isOfStar(shape.name) && (await hasSessionAnalytics(client));
  const nullable = new Set(analysed ? [] : key);
  await client.query(`${createLike(shape, copy, widened, nullable)} partition by list (project)`);
  for (const project of projects) {
    for (const statement of createLeaf(shape, project, copy)) await client.query(statement);
    if (shape.options !== null)
      await client.query(`alter table ${leafName(shape, project)} set (${shape.options})`);
    await transfer(copyRows(shape, leafName(shape, project), project));
  }
  if (shape.schema === 'clean') {
    for (const project of projects) {
      const leaf = leafName(shape, project);
      if (analysed) await client.query('select analytics.prepare_leaf($1::regclass, $2)', [leaf, shape.name]);
      await createKey(client, leaf, key);
    }
    if (analysed)
      await client.query('select analytics.create_note_triggers($1::regclass, $2)', [copy, shape.name]);
  }
  await createIndexes(client, shape, copy, analysed ? (leafIndexes[shape.name] ?? []) : []);
  await client.query(`analyze ${copy}`);
}

async function fillWhole(
  client: Client,
  transfer: Transfer,
  shape: RelationShape,
  copy: string,
): Promise<void> {
  const options = shape.options === null ? '' : ` with (${shape.options})`;
  await client.query(`${createLike(shape, copy, bigintInstead, new Set())}${options}`);
  await transfer(copyRows(shape, copy));
  await client.query(`alter table ${copy} add primary key (${identList(shape.key)})`);
  await createIndexes(client, shape, copy, []);
  await client.query(`analyze ${copy}`);
}

/** The indexes of flat tables in whose place each leaf has its own. */
const leafIndexes: Readonly<Record<string, readonly string[]>> = {
  user_sessions: [
    'USING btree (project, user_id, last_activity_at)',
    'USING btree (project, user_id, created_at)',
  ],
  events: ['USING btree (project, user_id, created_at)'],
  transactions: ['USING btree (project, user_id, created_at)', 'USING brin (created_at)'],
};

/** Makes the indexes that others have made on the table. */
async function createIndexes(
  client: Client,
  { indexes }: RelationShape,
  copy: string,
  except: readonly string[],
): Promise<void> {
  for (const { name, unique, definition } of indexes)
    if (!except.includes(definition))
      await client.query(
        `create ${unique ? 'unique ' : ''}index ${quoteIdent(name)} on ${copy} ${definition}`,
      );
}
