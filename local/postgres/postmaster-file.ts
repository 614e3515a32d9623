import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commandOf, endProcess, isRunning } from '../process/running-process.ts';

/** The content of `postmaster.pid`, which a running Postgres keeps in its data directory. */
export interface Postmaster {
  readonly pid: number;
  readonly folder: string;
  /** What it does: `starting`, `ready` to accept connections, `standby` or `stopping`. */
  readonly status: string;
}

/** The server that is running in `folder` or was killed there; undefined after a regular shutdown. */
export async function readPostmaster(folder: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid, dataFolder, , , , , , status] = text.split('\n');
  if (!pid || dataFolder === undefined) return undefined;
  return { pid: Number(pid), folder: dataFolder, status: status?.trim() ?? '' };
}

/**
 * Prepares `folder` for a new server: stops a server that a killed process has left running there, and removes its
 * `postmaster.pid`, which would keep Postgres from starting while any other process has that id.
 */
export async function stopOrphan(folder: string): Promise<void> {
  const left = await readPostmaster(folder);
  if (!left) return;
  const ours = left.folder === folder && commandOf(left.pid).includes(folder);
  if (ours && isRunning(left.pid)) await endProcess(left.pid, 'SIGINT', 15_000);
  await rm(join(folder, 'postmaster.pid'), { force: true });
}
