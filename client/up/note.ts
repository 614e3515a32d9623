import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, endProcess } from '../../local/process/running-process.ts';

/** The note that a running `up` leaves for other commands and for the next `up`. */
export interface UpNote {
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly webUi: string;
  /** The Temporal CLI that it uses: a path, or `temporal`. Absent in a note of 0.2. */
  readonly temporalCli?: string;
  /** The pid of its worker, once started. */
  readonly worker?: number;
}

const fileName = 'up.json';

/** Writes the note of the `up` with its data in `folder`, replacing an earlier note. */
export function writeUpNote(folder: string, note: UpNote): void {
  writeFileSync(join(folder, fileName), `${JSON.stringify(note)}\n`);
}

/** The note in `folder`; `undefined` when it is missing or incomplete. */
export function readUpNote(folder: string): UpNote | undefined {
  try {
    const note = JSON.parse(readFileSync(join(folder, fileName), 'utf8')) as UpNote;
    return isPid(note.pid) && (note.worker === undefined || isPid(note.worker)) ? note : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the note in `folder`, if there is one. */
export function removeUpNote(folder: string): void {
  rmSync(join(folder, fileName), { force: true });
}

/** Ends the worker that a killed `up` has left running, before its servers are restarted. */
export async function endOrphanedWorker(folder: string): Promise<void> {
  const worker = readUpNote(folder)?.worker;
  if (worker !== undefined && commandOf(worker).includes(folder)) await endProcess(worker, 'SIGTERM', 5_000);
  removeUpNote(folder);
}

function isPid(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0;
}
