import { Client } from 'pg';
import { poll } from '../process/poll.ts';
import { readPostmaster } from './postmaster-file.ts';
import type { ServerProcess } from '../process/server-process.ts';

/** After a crash it first replays what it had not yet put in place. */
const recoveryMs = 120_000;

/** Waits until the server accepts connections; false when it ended instead, or takes too long. */
export async function becomesReady(server: ServerProcess, folder: string): Promise<boolean> {
  const settled = await poll(async () => {
    if (server.exit()) return 'ended';
    const postmaster = await readPostmaster(folder);
    return postmaster?.pid === server.pid && postmaster.ready && 'ready';
  }, recoveryMs);
  return settled === 'ready';
}

/** What a greeting needs of a server. */
interface Greeted {
  url(database: string): string;
  stop(): Promise<void>;
}

/**
 * Connects once: only that shows that the server answers, and that its files were made with this password. Stops it and
 * throws one sentence if not.
 */
export async function greet(server: Greeted, folder: string): Promise<void> {
  const client = new Client({
    connectionString: server.url('postgres'),
    ssl: false,
    connectionTimeoutMillis: 10_000,
  });
  try {
    await client.connect();
    await client.query('select 1');
    await client.end();
  } catch (error) {
    await server.stop();
    const wrongPassword = (error as { code?: unknown }).code === '28P01';
    throw new Error(
      wrongPassword
        ? `Postgres on ${folder} was made with another password; give that one, or remove the folder to start anew.`
        : `Postgres on ${folder} started but refuses a connection (${(error as Error).message}); see its log.`,
      { cause: error },
    );
  }
}
