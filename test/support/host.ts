import { ApplicationFailure } from '@temporalio/common';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { OnStaged } from '../../activities/sync/extract.ts';
import { createActivities } from '../../activities/index.ts';
import type { Activities } from '../../activities/index.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import type { Timeouts } from '../../activities/postgres/timeouts.ts';
import type { Landed } from '../../model/batch.ts';
import type { TableConfig } from '../../model/table-config.ts';
import { testConfig } from './config.ts';
import { freshDatabase, freshWarehouse } from './postgres.ts';
import type { Ended } from './run-command.ts';
import { tidehouse } from './run-command.ts';
import { difference, rowsOf } from './same-rows.ts';
import { openText } from './star.ts';
import { syncOnce } from './sync-once.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The name of the source in the config. */
export const shop = 'shop';

/** One source with a test's own tables, its warehouse without analytics, and the activities between them. */
export interface Host {
  /** The application's connection to the source, and an analyst's to the warehouse; values are Postgres's own text. */
  readonly app: Client;
  readonly warehouse: Client;
  readonly warehouseUrl: string;
  readonly activities: Activities;
  /** The config of the next run; a test may change it. */
  url: string;
  tables: Record<string, TableConfig>;
  /** The salt of masked values. */
  salt: string;
  newTables: 'follow' | 'ignore';
  staging: string;
  /** Makes one run, from the extract to the landing. */
  land(): ReturnType<typeof syncOnce>;
  /** Makes one run that should fail, and returns its failure. Checks that nothing in clean or in ops has changed. */
  refused(): Promise<ApplicationFailure>;
  /** The missing and the surplus rows of `table` in clean, compared in its current columns by default; both empty when equal. */
  difference(table: string, columns?: readonly string[]): Promise<{ missing: string[]; extra: string[] }>;
  /** Runs `tidehouse` with these arguments and the config of now. */
  tidehouse(...args: string[]): Promise<Ended>;
  close(): Promise<void>;
}

/** Opens a source on a fresh database of the shared server, or on the one at `url`. */
export async function openHost(
  given: {
    url?: string;
    ddl?: string;
    tables?: Record<string, TableConfig>;
    timeouts?: Partial<Timeouts>;
    onStaged?: OnStaged;
    /** The size from which a source is copied when it lands for the first time. */
    firstLoadFromBytes?: number;
    /** The number of rows from which keys are compared in ranges. */
    rangesFromRows?: number;
    /** With so many other sources that its tables are made flat. */
    flat?: boolean;
  } = {},
): Promise<Host> {
  const database = given.url === undefined ? await freshDatabase(shop) : undefined;
  const warehouse = await freshWarehouse({ analytics: false });
  const app = await openText(given.url ?? database!.url);
  const analyst = await openText(warehouse.url);
  if (given.ddl) await app.query(given.ddl);
  if (given.flat)
    await analyst.query(
      `insert into ops.source (source) select 'other_' || i from generate_series(1, 101) i`,
    );
  const staging = join(await temporaryFolder('staging'), 'staging');
  await mkdir(staging);

  const host: Pick<Host, 'url' | 'tables' | 'staging' | 'salt' | 'newTables'> = {
    url: given.url ?? database!.url,
    tables: given.tables ?? {},
    staging,
    salt: 'salt',
    newTables: 'follow',
  };
  const now = () =>
    testConfig({
      sources: { [shop]: host.url },
      warehouse: warehouse.url,
      staging: host.staging,
      tables: host.tables,
      salt: host.salt,
      newTables: host.newTables,
    });
  const activities = createActivities({
    config: { read: () => now().read(), reveal: (secret) => now().reveal(secret) },
    timeouts: { ...defaultTimeouts, newLeafMs: 0, ...given.timeouts },
    ...(given.onStaged && { onStaged: given.onStaged }),
    firstLoadFromBytes: given.firstLoadFromBytes,
    rangesFromRows: given.rangesFromRows,
  });
  return Object.assign(host, {
    app,
    warehouse: analyst,
    warehouseUrl: warehouse.url,
    activities,
    land: () => syncOnce(activities, shop),
    async refused() {
      const before = await landedSoFar(analyst);
      const failure = await syncOnce(activities, shop).then(
        () => new Error('The run did not fail.'),
        (thrown: unknown) => thrown,
      );
      expect(await landedSoFar(analyst)).toEqual(before);
      if (failure instanceof ApplicationFailure) return failure;
      throw failure;
    },
    async difference(table: string, given?: readonly string[]) {
      const columns = given ?? (await columnsOf(app, table));
      await app.query('begin; set local search_path = pg_catalog');
      const source = await rowsOf(app, 'public', table, columns);
      await app.query('rollback');
      return difference(source, await rowsOf(analyst, 'clean', table, columns, shop));
    },
    async tidehouse(...args: string[]) {
      const folder = await temporaryFolder('command');
      const config = {
        sources: { [shop]: { url: host.url } },
        warehouse: { url: warehouse.url },
        staging: host.staging,
        tables: host.tables,
      };
      await writeFile(join(folder, 'tidehouse.yaml'), JSON.stringify(config));
      return tidehouse(args, { folder, env: { TIDEHOUSE_CONFIG: 'tidehouse.yaml' } });
    },
    async close() {
      await app.end();
      await analyst.end();
      await warehouse.drop();
      await database?.drop();
    },
  });
}

export const equal = { missing: [], extra: [] };

/** The counts of a run for a table, without zeros. */
export function changes({ tables }: Landed, table: string): Record<string, number> {
  const { inserted, updated, deleted, unchanged } = tables[table]!;
  return Object.fromEntries(
    Object.entries({ inserted, updated, deleted, unchanged }).filter(([, count]) => count !== 0),
  );
}

/** Everything that a landing could change, byte for byte. */
async function landedSoFar(warehouse: Client): Promise<string[]> {
  const { rows } = await warehouse.query<{ name: string }>(
    `select format('clean.%I', tablename) as name from pg_tables where schemaname = 'clean'
     union all values ('ops.position'), ('ops.batch'), ('(select * from ops.source where batch is not null)')`,
  );
  const all: string[] = [];
  for (const { name } of rows) {
    const found = await warehouse.query<{ row: string }>(`select t::text as row from ${name} t`);
    all.push(...found.rows.map(({ row }) => `${name} ${row}`));
  }
  return all.sort();
}

async function columnsOf(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [`public."${table.replaceAll('"', '""')}"`],
  );
  return rows.map(({ name }) => name);
}
