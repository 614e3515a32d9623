import type { Client } from 'pg';
import { sqlFile } from '../../postgres/sql-file.ts';

/** The settings of a view or a table that its definition does not contain, as statements that restore them. */
export interface RelationSettings {
  /** Quoted and qualified. */
  readonly relation: string;
  readonly columns: readonly string[];
  readonly comments: readonly ColumnStatement[];
  readonly grants: readonly ColumnStatement[];
  /** These revoke all privileges of other roles. */
  readonly revokes: readonly string[];
  /** Sets the owner; null when this role is the owner. */
  readonly owner: string | null;
}

/** A statement about one column of a relation, or about the relation itself, when `column` is null. */
interface ColumnStatement {
  readonly column: string | null;
  readonly statement: string;
}

/** The settings of those of the views and tables (schema-qualified names, not quoted) that exist. */
export async function readSettings(
  client: Client,
  relations: readonly string[],
): Promise<RelationSettings[]> {
  const { rows } = await client.query<{ settings: string }>(sqlFile('catalogue/relation-settings.sql'), [
    relations,
  ]);
  return rows.map(({ settings }) => JSON.parse(settings) as RelationSettings);
}

/**
 * Restores the settings of recreated relations: their privileges, in place of those from default privileges, their comments,
 * unless their definitions have others, and their owners. Columns and relations that no longer exist are left out.
 */
export async function restoreSettings(
  client: Client,
  relations: readonly string[],
  before: readonly RelationSettings[],
): Promise<void> {
  const made = new Map((await readSettings(client, relations)).map((each) => [each.relation, each]));
  for (const settings of before)
    for (const statement of restoring(settings, made.get(settings.relation))) await client.query(statement);
}

function restoring(before: RelationSettings, made: RelationSettings | undefined): string[] {
  if (!made) return [];
  const fits = ({ column }: ColumnStatement) => column === null || made.columns.includes(column);
  const commented = new Set(made.comments.map(({ column }) => column));
  return [
    ...made.revokes,
    ...before.grants.filter(fits).map(({ statement }) => statement),
    ...before.comments
      .filter((comment) => fits(comment) && !commented.has(comment.column))
      .map(({ statement }) => statement),
    ...(before.owner === null ? [] : [before.owner]),
  ];
}
