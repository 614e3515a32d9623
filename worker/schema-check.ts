import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../activities/config.ts';
import { warehouseEndpoint } from '../activities/postgres/endpoints.ts';
import { withConnection } from '../activities/postgres/connection.ts';
import { defaultTimeouts } from '../activities/postgres/timeouts.ts';
import {
  MigrationRefused,
  describePending,
  pendingMigrations,
} from '../activities/sync/warehouse/migrate/pending-migrations.ts';
import type { PendingMigration } from '../activities/sync/warehouse/migrate/pending-migrations.ts';
import type { ConfigReader } from '../model/config.ts';

/** Thrown when the warehouse's schema is not that of this worker. The message is one sentence and the command to run. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
}

/** The pause between two attempts to reach the warehouse starts at a second and doubles up to this. */
const longestPauseMs = 15_000;

/**
 * Resolves when the warehouse's schema is that of this worker. While the warehouse is unavailable, retries without limit and
 * passes the reason to `onProblem` after each attempt. Throws a SchemaMismatch when the schema is older or newer, and
 * `signal.reason` when `signal` aborts.
 */
export async function waitForSchema(
  reader: ConfigReader,
  signal: AbortSignal,
  onProblem: (problem: string) => void,
): Promise<void> {
  for (let pauseMs = 1_000; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const pending = await readPending(reader, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof MigrationRefused) throw new SchemaMismatch(error.message, { cause: error });
      return error instanceof Error ? error.message : String(error);
    });
    if (typeof pending !== 'string') {
      refuseOlder(pending);
      return;
    }
    onProblem(pending);
    await pause(pauseMs, undefined, { signal });
  }
}

async function readPending(reader: ConfigReader, signal: AbortSignal): Promise<PendingMigration[]> {
  const config = await readConfig(reader);
  const endpoint = await warehouseEndpoint(reader, config);
  return withConnection(endpoint, defaultTimeouts, signal, (client) =>
    pendingMigrations(client, config.analytics),
  );
}

function refuseOlder(pending: readonly PendingMigration[]): void {
  if (pending.length === 0) return;
  const state = pending.every(({ reason }) => reason === 'missing')
    ? 'is not complete'
    : 'is older than this worker';
  throw new SchemaMismatch(
    `The warehouse's schema ${state} (${describePending(pending)}). Run: tidehouse migrate`,
  );
}
