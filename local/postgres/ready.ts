import { Client } from 'pg';
import { poll } from '../process/poll.ts';
import { readPostmaster } from './postmaster-file.ts';
import type { ServerProcess } from '../process/server-process.ts';

/** Long enough for a server to replay its log after a crash. */
const recoveryMs = 120_000;

/** Waits until the server accepts connections. Returns false when it exits instead, or takes too long. */
export async function becomesReady(server: ServerProcess, folder: string): Promise<boolean> {
  const settled = await poll(async () => {
    if (server.exit()) return 'exited';
    const postmaster = await readPostmaster(folder);
    return postmaster?.pid === server.pid && postmaster.status === 'ready' && 'ready';
  }, recoveryMs);
  return settled === 'ready';
}

/** The part of a server that this check needs. */
interface Server {
  url(database: string): string;
  stop(): Promise<void>;
}

/**
 * Connects once, to check that the server responds and was initialized with this password. Otherwise stops it and throws an
 * error with advice.
 */
export async function checkConnection(server: Server, folder: string): Promise<void> {
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
        ? `Postgres in ${folder} was initialized with another password; use that one, or remove the folder to start from scratch.`
        : `Postgres in ${folder} started but refuses connections (${(error as Error).message}); see its log.`,
      { cause: error },
    );
  }
}
