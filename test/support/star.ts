import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createActivities } from '../../activities/index.ts';
import type { Activities } from '../../activities/index.ts';
import type { OnStaged } from '../../activities/sync/extract.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import type { Timeouts } from '../../activities/postgres/timeouts.ts';
import type { ConfigReader } from '../../model/config.ts';
import type { TableConfig } from '../../model/table-config.ts';
import { starTables, testConfig } from './config.ts';
import { freshSource, freshWarehouse } from './postgres.ts';
import type { FreshDatabase } from './postgres.ts';

export interface Star {
  readonly config: ConfigReader;
  readonly activities: Activities;
  readonly staging: string;
  /** The application's URLs of the sources, by name. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly warehouseUrl: string;
  /** The application's connection to the first source, and an analyst's to the warehouse. */
  readonly host: Client;
  readonly warehouse: Client;
  close(): Promise<void>;
}

/**
 * Real sources with the (empty) session star, a real migrated warehouse, and the activities between them. Values are
 * Postgres's own text on both connections.
 */
export async function openStar(
  given: {
    hosts?: string[];
    /** The URLs of further sources, which have their own servers, by name. */
    elsewhere?: Readonly<Record<string, string>>;
    tables?: Record<string, TableConfig>;
    timeouts?: Partial<Timeouts>;
    onStaged?: OnStaged;
    /** The number of rows from which keys are compared in ranges. */
    rangesFromRows?: number;
    /** An empty one of this version by default. */
    warehouse?: FreshDatabase;
  } = {},
): Promise<Star> {
  const names = given.hosts ?? ['project_a'];
  const databases = await Promise.all(names.map((name) => freshSource(name)));
  const warehouse = given.warehouse ?? (await freshWarehouse());
  const staging = await mkdtemp(join(tmpdir(), 'tidehouse-staging-'));
  const hosts = {
    ...Object.fromEntries(names.map((name, at) => [name, databases[at]!.url])),
    ...given.elsewhere,
  };
  const config = testConfig({
    sources: hosts,
    warehouse: warehouse.url,
    staging,
    tables: given.tables ?? starTables,
  });
  const host = await openText(databases[0]!.url);
  const analyst = await openText(warehouse.url);
  return {
    config,
    activities: createActivities({
      config,
      timeouts: { ...defaultTimeouts, newLeafMs: 0, ...given.timeouts },
      ...(given.onStaged && { onStaged: given.onStaged }),
      rangesFromRows: given.rangesFromRows,
    }),
    staging,
    hosts,
    warehouseUrl: warehouse.url,
    host,
    warehouse: analyst,
    async close() {
      await host.end();
      await analyst.end();
      await Promise.all([...databases, warehouse].map((database) => database.drop()));
      await rm(staging, { recursive: true, force: true });
    },
  };
}

/** A connection whose values are Postgres's own text. */
export async function openText(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    types: { getTypeParser: () => (value: string) => value },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
