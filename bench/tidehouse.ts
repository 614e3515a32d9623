import type { Client } from '@temporalio/client';
import { migrate } from '../activities/sync/warehouse/migrate.ts';
import { startSync } from '../client/run/start.ts';
import { waitFor } from '../client/run/wait.ts';
import type { SyncResult } from '../model/runs.ts';
import { syncSourceId } from '../model/names.ts';
import { onDatabase } from './database.ts';
import { readActivityTimes } from './activity-times.ts';
import type { ActivityTime } from './activity-times.ts';
import type { BenchSourceName, Servers } from './servers.ts';
import { sourceNames } from './servers.ts';

/** The times of one run of `sync`, as measured by its caller. */
export interface SyncTimes {
  /** From the start to the result: rows, row counts and analytics of all sources. */
  readonly wholeMs: number;
  /** From the start until the last source landed; analytics may still have been in progress. */
  readonly landedMs: number;
  /** The number of rows read, and the number of rows inserted, updated or deleted. */
  readonly extracted: number;
  readonly changed: number;
  readonly activities: Readonly<Record<BenchSourceName, readonly ActivityTime[]>>;
}

/** Migrates the empty warehouse. */
export async function prepareTidehouse({ tidehouseUrl }: Servers): Promise<void> {
  await onDatabase(tidehouseUrl, migrate);
}

/** Runs `sync` and waits for it, as the command does. */
export async function syncOnce(client: Client): Promise<SyncTimes> {
  const startedAt = Date.now();
  const start = performance.now();
  const run = await startSync(client, undefined);
  const ending = await waitFor(client, run, () => undefined);
  const wholeMs = performance.now() - start;
  if (ending.status === 'failed') throw new Error(`sync failed: ${ending.message}`);
  const activities = {} as Record<BenchSourceName, readonly ActivityTime[]>;
  for (const source of sourceNames)
    activities[source] = await readActivityTimes(client, syncSourceId(source), startedAt);
  const upserts = Object.values(activities).flatMap((each) => each.filter(({ name }) => name === 'upsert'));
  return {
    wholeMs,
    landedMs: Math.max(...upserts.map(({ endedMs }) => endedMs)),
    ...countRows(ending.result),
    activities,
  };
}

function countRows({ sources }: SyncResult): { extracted: number; changed: number } {
  const totals = Object.values(sources);
  return {
    extracted: totals.reduce((sum, { extracted }) => sum + extracted, 0),
    changed: totals.reduce((sum, { changed }) => sum + changed, 0),
  };
}
