import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';

/**
 * The free bytes on the disk of the warehouse's data directory; null unless the server runs on this machine and this user
 * may read the directory.
 */
export async function freeSpace(client: Client): Promise<number | null> {
  const { rows } = await client.query<{ folder: string | null; started: string }>(
    `select (select setting from pg_settings where name = 'data_directory') as folder,
            floor(extract(epoch from pg_postmaster_start_time()))::bigint as started`,
  );
  const { folder, started } = rows[0]!;
  if (!folder) return null;
  // A server elsewhere may name a folder that exists here too: that of another server, started at another time.
  const postmaster = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  const startedHere = Number(postmaster.split('\n')[2]);
  if (!(Math.abs(startedHere - Number(started)) <= 1)) return null;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
