import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOf, isRunning, killWithChildren } from '../../local/process/running-process.ts';

const prefix = 'tidehouse-test-';

/** The prefix of this test run's folder, which contains the process id. */
export const folderPrefix = join(tmpdir(), `${prefix}${process.pid}-`);

/** Kills the servers left by killed test runs, and removes their folders. */
export function clearAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (!Number.isNaN(owner) && !isRunning(owner)) clear(join(tmpdir(), name));
  }
}

/** Kills every server whose files are below `folder`, and removes the folder. Synchronous, so it works while a process exits. */
export function clear(folder: string): void {
  killServersBelow(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function killServersBelow(folder: string): void {
  if (!existsSync(folder)) return;
  for (const file of ['postmaster.pid', 'temporal.pid']) {
    const path = join(folder, file);
    const pid = existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) : 0;
    if (pid > 0 && commandOf(pid).includes(folder)) killWithChildren(pid);
  }
  if (existsSync(join(folder, 'PG_VERSION'))) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) killServersBelow(join(folder, entry.name));
}
