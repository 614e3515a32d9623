import type { Client } from '@temporalio/client';
import { migrate } from '../activities/sync/warehouse/migrate.ts';
import { startSync } from '../client/run/start.ts';
import { waitFor } from '../client/run/wait.ts';
import type { SyncResult } from '../model/runs.ts';
import { syncSourceId } from '../model/names.ts';
import { onDatabase } from './database.ts';
import type { HostName, Servers } from './servers.ts';
import { hostNames } from './servers.ts';
import { readSteps } from './activity-times.ts';
import type { Step } from './activity-times.ts';

/** One run of `sync`, as its caller sees it. */
export interface OurCycle {
  /** From asking for it to its result: rows, books and analytics of all hosts. */
  readonly wholeMs: number;
  /** Until the rows of the last host had landed; analytics of others may have been under way. */
  readonly landedMs: number;
  /** Rows read, and rows that were inserted or updated. */
  readonly extracted: number;
  readonly changed: number;
  readonly steps: Readonly<Record<HostName, readonly Step[]>>;
}

/** Brings the empty warehouse to the schema. */
export async function prepareOurs({ ours }: Servers): Promise<void> {
  await onDatabase(ours, migrate);
}

/** Runs `sync` and waits for it, as the command does. */
export async function syncOnce(client: Client): Promise<OurCycle> {
  const begunAt = Date.now();
  const began = performance.now();
  const run = await startSync(client, undefined);
  const ending = await waitFor(client, run, () => undefined);
  const wholeMs = performance.now() - began;
  if (ending.status === 'failed') throw new Error(`sync failed: ${ending.message}`);
  const steps = {} as Record<HostName, readonly Step[]>;
  for (const host of hostNames) steps[host] = await readSteps(client, syncSourceId(host), begunAt);
  const landings = Object.values(steps).flatMap((each) => each.filter(({ name }) => name === 'upsert'));
  return {
    wholeMs,
    landedMs: Math.max(...landings.map(({ endedMs }) => endedMs)),
    ...countRows(ending.result),
    steps,
  };
}

function countRows({ sources }: SyncResult): { extracted: number; changed: number } {
  const tables = Object.values(sources).flatMap((source) => Object.values(source.tables));
  return {
    extracted: tables.reduce((sum, table) => sum + table.extracted, 0),
    changed: tables.reduce((sum, table) => sum + table.inserted + table.updated, 0),
  };
}
