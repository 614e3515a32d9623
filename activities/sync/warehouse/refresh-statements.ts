import type { Client } from 'pg';
import { sqlFile } from '../../postgres/sql-file.ts';
import { lockParents, readTables } from './relations.ts';
import type { Relation } from './relations.ts';

/** The tables that the session metrics are computed from and that may be partitioned. */
const inputs = ['user_sessions', 'events', 'transactions'] as const;

export interface RefreshStatements {
  readonly takeNotes: string;
  readonly recomputeSessions: string;
  readonly recomputeProject: string;
}

/**
 * The statements of sql/refresh for one project, with the leaves of the project in place of the partitioned tables: through
 * these, the lookups of the definition would be planned over the leaves of all sources. Locks the partitioned tables first;
 * see `lockParents`. To be called within the refresh's transaction.
 */
export async function refreshStatements(client: Client, project: string): Promise<RefreshStatements> {
  const tables = inputs.map((name) => ({ schema: 'clean', name }) as const);
  const found = await readTables(client, project, tables);
  const leaves = new Map(
    found.flatMap(({ name, relation }) => (relation?.parent ? [[name, relation] as const] : [])),
  );
  await lockParents(client, [...leaves.values()]);
  const definition = inLeaves(metricsDefinition(), leaves);
  const statement = (name: string) =>
    inLeaves(sqlFile(`refresh/${name}.sql`), leaves).replace(
      'analytics.session_metrics_definition',
      () => `(${definition})`,
    );
  return {
    takeNotes: statement('take-notes'),
    recomputeSessions: statement('recompute-sessions'),
    recomputeProject: statement('recompute-project'),
  };
}

function inLeaves(sql: string, leaves: ReadonlyMap<string, Relation>): string {
  return sql.replace(/\bclean\.(\w+)/g, (whole, name: string) => leaves.get(name)?.name ?? whole);
}

/** The select of analytics.session_metrics_definition, with that of analytics.transactions_in_usd in its place. */
function metricsDefinition(): string {
  const prices = selectOf('analytics/1-transactions-in-usd.sql');
  return selectOf('analytics/2-session-metrics-definition.sql').replace(
    'analytics.transactions_in_usd',
    () => `(${prices})`,
  );
}

/** The select of a file that makes one view. */
function selectOf(file: string): string {
  return /^create or replace view \S+ as\n(.*);\s*$/ms.exec(sqlFile(file))![1]!;
}
