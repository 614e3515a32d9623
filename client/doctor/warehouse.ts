import type { Client } from 'pg';
import {
  MigrationRefused,
  describePending,
  pendingMigrations,
} from '../../activities/sync/warehouse/migrate/pending-migrations.ts';
import { isGone } from '../../activities/sync/warehouse/gone-tables.ts';
import { readOrphans, undecided } from '../../activities/sync/warehouse/orphans.ts';
import { readPositions } from '../../activities/sync/warehouse/position.ts';
import type { Config } from '../../model/config.ts';
import type { Position } from '../../model/position.ts';
import { quoteIdent } from '../../model/identifier.ts';
import { formatNumber } from '../../model/number.ts';
import type { Context } from '../context/context.ts';
import { separateWarehouse, sourcesThatAre, warehouseIsSource } from '../connect/warehouse-in-source.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Check } from './check.ts';
import { checking, failed, next, ok, warning } from './check.ts';
import { checkLockTable } from './lock-table.ts';
import { checkPartitions } from './partitions.ts';

/** The checks of the warehouse, and how each source was when it last landed. */
export interface WarehouseChecks {
  readonly checks: readonly Check[];
  /** Nothing has ever landed in it. */
  readonly isNew: boolean;
  /** Its schema is that of this version. */
  readonly isReady: boolean;
  readonly known: Readonly<Record<string, Position>>;
}

/**
 * Checks that the warehouse can be reached and is not one of the sources, that its role may write to it, that its schema and
 * the shape of its tables are those of this version, and that its lock table is large enough.
 */
export async function checkWarehouse(context: Context): Promise<WarehouseChecks> {
  let known: Record<string, Position> = {};
  let isNew = false;
  let isReady = false;
  const checks = await checking('warehouse', () =>
    withWarehouse(context, async (client) => {
      const { rows } = await client.query<Record<'version' | 'role' | 'owner' | 'owns' | 'database', string>>(
        `select current_setting('server_version') as version, current_user as role,
                pg_get_userbyid(datdba) as owner, pg_has_role(datdba, 'usage') as owns, datname as database
         from pg_database where datname = current_database()`,
      );
      const { version, role, owner, owns, database } = rows[0]!;
      known = await readPositions(client, Object.keys(context.config.sources));
      isNew = Object.values(known).every(({ identity }) => identity === null);
      const same = await sourcesThatAre(client, context);
      if (same.length > 0) return [failed('warehouse', warehouseIsSource(same), separateWarehouse)];
      const schema = await checkSchema(client, context.config.analytics);
      isReady = schema.outcome === 'ok';
      const found = [
        ok('warehouse', `Postgres ${version}, as ${role}`),
        owns === 't'
          ? ok('warehouse, rights', 'the role owns the database')
          : failed(
              'warehouse, rights',
              `the database belongs to ${owner}`,
              `Make "${role}" its owner:\nalter database ${quoteIdent(database)} owner to ${quoteIdent(role)};`,
            ),
        schema,
        ...(isReady ? [await checkPartitions(client), await checkLockTable(client)] : []),
      ];
      if (!isReady) return found;
      return [
        ...found,
        ...(await checkOrphans(client, context.config)),
        ...(await checkGone(client, Object.keys(context.config.sources))),
        ...(await checkDroppedColumns(client)),
        ...(await checkAudits(client, Object.keys(context.config.sources))),
      ];
    }),
  );
  return { checks, known, isNew, isReady };
}

async function checkSchema(client: Client, analytics: Config['analytics']): Promise<Check> {
  try {
    const pending = await pendingMigrations(client, analytics);
    return pending.length === 0
      ? ok('warehouse, schema', 'at this version')
      : next('warehouse, schema', describePending(pending), 'Run: tidehouse migrate');
  } catch (error) {
    if (error instanceof MigrationRefused) return failed('warehouse, schema', error.message);
    throw error;
  }
}

/** The tables that somebody has dropped in the warehouse. */
async function checkGone(client: Client, sources: readonly string[]): Promise<Check[]> {
  const { rows } = await client.query<Record<'source' | 'tables', string>>(
    `select source, string_agg(table_name, ', ' order by table_name) as tables
     from ops.position p where source = any ($1) and ${isGone} group by 1 order by 1`,
    [sources],
  );
  return rows.map(({ source, tables }) =>
    warning(
      `warehouse, tables of ${source}`,
      `dropped in the warehouse: ${tables}`,
      `The next run creates what is missing and fills it from the source. To run it now: tidehouse sync --source ${source}`,
    ),
  );
}

/** The columns that sources have dropped and that views read. */
async function checkDroppedColumns(client: Client): Promise<Check[]> {
  const { rows } = await client.query<Record<'source' | 'column' | 'read_by', string>>(
    `select source, table_name || '.' || column_name as column, read_by from ops.dropped_column where read_by is not null order by 1, 2`,
  );
  return rows.map(({ source, column, read_by: views }) =>
    warning(
      `warehouse, ${column} of ${source}`,
      `the source has dropped this column, and it is null in the rows written since, which ${views} read`,
      'Add it again at the source, or change the views so that they do without it.',
    ),
  );
}

/** The tables that no audit has compared to its end for a week; those that each run copies need none. */
async function checkAudits(client: Client, sources: readonly string[]): Promise<Check[]> {
  const { rows } = await client.query<Record<'source' | 'tables', string>>(
    `select source, string_agg(table_name || ' (' || coalesce(to_char(audited_at at time zone 'UTC', 'YYYY-MM-DD'), 'never') || ')', ', '
       order by audited_at nulls first, table_name) as tables
     from ops.position p
     left join ops.audit a using (source, table_name)
     where source = any ($1) and not p.shape ? 'copied'
       and coalesce(a.audited_at, (select min(complete_through) from ops.batch b where b.source = p.source)) < now() - interval '7 days'
     group by 1 order by 1`,
    [sources],
  );
  return rows.map(({ source, tables }) =>
    warning(
      `warehouse, audit of ${source}`,
      `tables that no audit has compared to the end for a week, and when one last did: ${tables}`,
      `See whether the schedule audit runs (tidehouse status), or run: tidehouse audit --source ${source}`,
    ),
  );
}

/** The rows whose source or table the config no longer has, and about which nobody has decided. */
async function checkOrphans(client: Client, { sources }: Config): Promise<Check[]> {
  const orphans = undecided(await readOrphans(client, Object.keys(sources)));
  return orphans.map(({ source, configured, tables }) =>
    warning(
      `warehouse, rows of ${source}`,
      `${configured ? `no longer chosen by the config, or no longer at the source: ${tables.map(({ table }) => table).join(', ')}` : `the config no longer has ${source}`}, and ${formatNumber(tables.reduce((sum, { rows }) => sum + rows, 0))} rows are still there`,
      'To decide what becomes of them, run: tidehouse sources',
    ),
  );
}
