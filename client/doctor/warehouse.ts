import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sqlFile, sqlFolder } from '../../activities/postgres/sql-file.ts';
import { readPosition } from '../../activities/sync/warehouse/position.ts';
import type { Identity } from '../../model/snapshot.ts';
import type { Context } from '../context/context.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Check } from './check.ts';
import { checking, failed, ok } from './check.ts';

/** What the warehouse tells: its checks, and which server each source was when it landed last. */
export interface WarehouseFindings {
  readonly checks: readonly Check[];
  readonly identities: Readonly<Record<string, Identity | null>>;
}

/** The warehouse: whether it is there, at this version, and ours to write. */
export async function checkWarehouse(context: Context): Promise<WarehouseFindings> {
  const identities: Record<string, Identity | null> = {};
  const checks = await checking('warehouse', () =>
    withWarehouse(context, async (client) => {
      const { rows } = await client.query<Record<'version' | 'role' | 'owner' | 'owns' | 'migrated', string>>(
        `select current_setting('server_version') as version, current_user as role,
                pg_get_userbyid(datdba) as owner, pg_has_role(datdba, 'usage') as owns,
                to_regclass('ops.migration') is not null as migrated
         from pg_database where datname = current_database()`,
      );
      const { version, role, owner, owns, migrated } = rows[0]!;
      const found = [ok('warehouse', `Postgres ${version}, as ${role}`)];
      found.push(
        owns === 't'
          ? ok('warehouse, rights', 'the role owns the database')
          : failed(
              'warehouse, rights',
              `the database belongs to ${owner}; run there: alter database … owner to "${role}"`,
            ),
      );
      if (migrated !== 't')
        return [...found, failed('warehouse, schema', 'it is empty; make it with: tidehouse migrate')];
      const applied = await client.query<{ name: string; sha256: string }>(
        'select name, sha256 from ops.migration',
      );
      const known = new Map(applied.rows.map(({ name, sha256 }) => [name, sha256]));
      const due = definitions().filter(({ name, sha256 }) => known.get(name) !== sha256);
      found.push(
        due.length === 0
          ? ok('warehouse, schema', 'at this version')
          : failed(
              'warehouse, schema',
              `${due.map(({ name }) => name).join(', ')} not applied; do it with: tidehouse migrate`,
            ),
      );
      for (const source of Object.keys(context.config.sources))
        identities[source] = (await readPosition(client, source)).identity;
      return found;
    }),
  );
  return { checks, identities };
}

function definitions(): { name: string; sha256: string }[] {
  return ['warehouse', 'analytics'].flatMap((folder) =>
    readdirSync(join(sqlFolder, folder))
      .filter((file) => file.endsWith('.sql'))
      .map((file) => `${folder}/${file}`)
      .map((name) => ({ name, sha256: createHash('sha256').update(sqlFile(name)).digest('hex') })),
  );
}
