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
