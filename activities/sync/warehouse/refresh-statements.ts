import type { Client } from 'pg';
import { quoteLiteral } from '../../../model/identifier.ts';
import { sqlFile } from '../../postgres/sql-file.ts';
import { findTables, lockParents } from './relations.ts';

/** The tables that the session metrics are computed from and that may be partitioned, with what is read of them. */
const inputs = {
  user_sessions: 'user_id, id, active, page_name, created_at, last_activity_at, updated_at',
  events: 'user_id, created_at',
  transactions: 'user_id, id, created_at, amount, currency, success',
} as const;

/** The tables of the session star whose rows decide the session metrics, apart from the rates. */
export const metricsTables: readonly string[] = Object.keys(inputs);

/**
 * The settings under which `takeNotes` and `recomputeSessions` are planned, for the current transaction. Notes come and go too
 * fast for statistics: whatever these say, a refresh of sessions is lookups of few rows by index or ctid, and its cost must not
 * grow with the tables. Without sorts, what an index has in order is read in that order: the latest rate comes first, and only
 * rates of the same day are compared. Where pages cost nothing, the index that finds the fewest rows is taken: else a key's
 * own index is passed over once updates have made it a little larger than another of the same table.
 */
export const onlyLookups = [
  ...['seqscan', 'hashjoin', 'mergejoin', 'sort'].map((kind) => `set local enable_${kind} = off`),
  'set local random_page_cost = 0',
].join('; ');

/** The statements of a refresh, for one project. */
export interface RefreshStatements {
  readonly takeNotes: string;
  readonly recomputeSessions: string;
  readonly recomputeProject: string;
}

/**
 * The statements of sql/refresh for one project, with the leaves of the project in place of the partitioned tables: through
 * these, the lookups of the definition would be planned over the leaves of all sources. In a leaf the project is a constant,
 * so that an index without it answers alone, and no row is read to compare it. Locks the partitioned tables first; see
 * `lockParents`. To be called within the refresh's transaction.
 */
export async function refreshStatements(client: Client, project: string): Promise<RefreshStatements> {
  const tables = metricsTables.map((name) => ({ schema: 'clean', name }) as const);
  const found = await findTables(client, project, tables);
  const leaves = new Map(
    found.flatMap(({ name, relation }) => (relation?.parent ? [[name, relation] as const] : [])),
  );
  await lockParents(client, [...leaves.values()]);
  const statement = (name: string, sessions = 'clean.user_sessions') =>
    sqlFile(`refresh/${name}.sql`)
      .replace('analytics.session_metrics_definition', () => `(${metricsOf(sessions)})`)
      .replace(/\bclean\.(\w+)/g, (whole, table: keyof typeof inputs) => {
        const leaf = leaves.get(table);
        return leaf
          ? `(select ${quoteLiteral(project)} as project, ${inputs[table]} from ${leaf.name})`
          : whole;
      });
  return {
    takeNotes: statement('take-notes'),
    recomputeSessions: statement('recompute-sessions', 'found'),
    recomputeProject: statement('recompute-project'),
  };
}

/**
 * The select of analytics.session_metrics_definition for the sessions of a relation, with that of
 * analytics.transactions_in_usd in its place.
 */
function metricsOf(sessions: string): string {
  const prices = selectOf('analytics/1-transactions-in-usd.sql');
  return selectOf('analytics/2-session-metrics-definition.sql')
    .replace('clean.user_sessions', sessions)
    .replace('analytics.transactions_in_usd', () => `(${prices})`);
}

/** The select of a file that makes one view. */
function selectOf(file: string): string {
  return /^create or replace view \S+ as\n(.*);\s*$/ms.exec(sqlFile(file))![1]!;
}
