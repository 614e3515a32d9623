import type { Client } from '@temporalio/client';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { migrate } from '../activities/sync/warehouse/migrate/migrate.ts';
import { packageRoot } from '../activities/package-root.ts';
import type { SyncReport } from '../client/run/sync-report.ts';
import { syncSourceId } from '../model/names.ts';
import { onDatabase } from './database.ts';
import { readActivityTimes } from './activity-times.ts';
import type { ActivityTime } from './activity-times.ts';
import type { Servers } from './servers.ts';

/** The times of one `tidehouse sync`. */
export interface SyncTimes {
  /** From the start of the command to its end: rows, row counts and analytics of all sources. */
  readonly wholeMs: number;
  /** From the start until the last source landed; analytics may still have been in progress. */
  readonly landedMs: number;
  /** The number of rows read, and the number of rows inserted, updated or deleted. */
  readonly extracted: number;
  readonly changed: number;
  /** The activities of each source. */
  readonly activities: Readonly<Record<string, readonly ActivityTime[]>>;
}

/** Migrates the empty warehouse. */
export async function prepareTidehouse({ tidehouseUrl }: Servers): Promise<void> {
  await onDatabase(tidehouseUrl, (client) => migrate(client, 'sessions'));
}

/** Runs the command `tidehouse sync` as a user does, in a process of its own: for all sources, or for some. */
export async function runSync(
  client: Client,
  { configFile, temporalFile }: Servers,
  only: readonly string[] = [],
): Promise<SyncTimes> {
  const startedAt = Date.now();
  const start = performance.now();
  const { stdout } = await promisify(execFile)(
    join(packageRoot, 'tidehouse'),
    ['--config', configFile, 'sync', '--json', ...only.flatMap((name) => ['--source', name])],
    { env: { ...process.env, TEMPORAL_CONFIG_FILE: temporalFile }, maxBuffer: 64 * 2 ** 20 },
  );
  const wholeMs = performance.now() - start;
  const { sources } = JSON.parse(stdout) as SyncReport;
  const activities: Record<string, readonly ActivityTime[]> = {};
  for (const source of Object.keys(sources))
    activities[source] = await readActivityTimes(client, syncSourceId(source), startedAt);
  const outcomes = Object.values(sources).flatMap(({ tables }) => Object.values(tables));
  return {
    wholeMs,
    landedMs: Math.max(...Object.values(activities).map(landedAt)),
    extracted: outcomes.reduce((sum, { extracted }) => sum + extracted, 0),
    changed: outcomes.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0),
    activities,
  };
}

/** When a source landed: at the end of the upsert, or of the extract that found nothing changed. */
function landedAt(activities: readonly ActivityTime[]): number {
  return activities.findLast(({ name }) => name !== 'refreshViews')?.endedMs ?? 0;
}
