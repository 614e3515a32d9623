import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commandOf, endProcess, isRunning } from '../process/running-process.ts';

/** What a running Postgres writes about itself into its folder. */
export interface Postmaster {
  readonly pid: number;
  readonly folder: string;
  /** It accepts connections. */
  readonly ready: boolean;
}

/** The server that wrote its file into `folder` last: one that runs, or one that was killed. */
export async function readPostmaster(folder: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid, dataFolder, , , , , , status] = text.split('\n');
  if (!pid || dataFolder === undefined) return undefined;
  return { pid: Number(pid), folder: dataFolder, ready: status?.trim() === 'ready' };
}

/**
 * Makes way for a new server on `folder`: ends the one that a killed process has left running there, and removes its
 * file, which Postgres would respect for as long as any other process has that id.
 */
export async function endLeftBehind(folder: string): Promise<void> {
  const left = await readPostmaster(folder);
  if (!left) return;
  const ours = left.folder === folder && commandOf(left.pid).includes(folder);
  if (ours && isRunning(left.pid)) await endProcess(left.pid, 'SIGINT', 15_000);
  await rm(join(folder, 'postmaster.pid'), { force: true });
}
