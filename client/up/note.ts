import { rmSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commandOf, endProcess } from '../../local/process/running-process.ts';

/** What an `up` writes about itself for the commands beside it, and for the `up` after it. */
export interface UpNote {
  readonly pid: number;
  readonly startedAt: string;
  readonly webUi: string;
  readonly worker?: number;
}

const file = 'up.json';

export function writeUpNote(folder: string, note: UpNote): void {
  writeFileSync(join(folder, file), `${JSON.stringify(note)}\n`);
}

export function removeUpNote(folder: string): void {
  rmSync(join(folder, file), { force: true });
}

/** Ends the worker that a killed `up` has left running: its servers are about to be started anew. */
export async function endWorkerLeftBehind(folder: string): Promise<void> {
  const note = await readFile(join(folder, file), 'utf8').then(
    (text) => JSON.parse(text) as Partial<UpNote>,
    () => undefined,
  );
  if (note?.worker && commandOf(note.worker).includes(folder))
    await endProcess(note.worker, 'SIGTERM', 5_000);
  await rm(join(folder, file), { force: true });
}
