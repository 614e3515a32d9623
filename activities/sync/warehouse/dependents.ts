import type { Client } from 'pg';
import { sqlFile } from '../../postgres/sql-file.ts';

/**
 * Another object that depends on one of the given views and tables, directly or through further objects. `type`
 * ("materialized view") and `identity` (a quoted, schema-qualified name) are Postgres's own.
 */
export interface Dependent {
  readonly type: string;
  readonly identity: string;
  /** The schema-qualified name of a view, not quoted; null for other objects. */
  readonly name: string | null;
  /** The statements that return its definition and that drop it; null when one statement is not enough. */
  readonly save: string | null;
  readonly drop: string | null;
}

/**
 * The objects that depend on the views and tables (schema-qualified names, not quoted), in an order in which they can be
 * dropped.
 */
export async function readDependents(client: Client, relations: readonly string[]): Promise<Dependent[]> {
  const { rows } = await client.query<Dependent & Record<string, unknown>>(
    sqlFile('catalogue/dependents.sql'),
    [relations],
  );
  return rows;
}

/** The SQLSTATEs of a change or a drop that fails because a view uses the column or the table. */
export const usedByView = /^(0A000|2BP01)$/;

/** The statement that creates a view (its quoted, schema-qualified name) as it is now, with its options. */
export async function createViewStatement(client: Client, view: string): Promise<string> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('create view %s%s as %s', $1::text, ' with (' || array_to_string(reloptions, ', ') || ')', pg_get_viewdef(oid)) as statement
     from pg_class where oid = $1::regclass`,
    [view],
  );
  return rows[0]!.statement;
}
