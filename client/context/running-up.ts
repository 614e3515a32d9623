import { join } from 'node:path';
import { commandOf, isRunning } from '../../local/process/running-process.ts';
import { readUpNote } from '../up/note.ts';

/** The files of a running `tidehouse up` that other commands use. */
export interface RunningUp {
  readonly config: string;
  /** The settings of its Temporal server. TEMPORAL_* in the environment are about another server. */
  readonly temporalFile: string;
  /** The Temporal CLI that it uses: a path, or `temporal`. */
  readonly temporalCli: string;
}

/** The `up` running from this checkout, if there is one. */
export function findRunningUp(checkout: string): RunningUp | undefined {
  const folder = join(checkout, '.tidehouse');
  const note = readUpNote(folder);
  if (!note || !isUp(note.pid)) return undefined;
  return {
    config: join(folder, 'tidehouse.yaml'),
    temporalFile: join(folder, 'temporal.toml'),
    temporalCli: note.temporalCli ?? 'temporal',
  };
}

/** Whether the process is an `up`: a killed one leaves its note behind, and another program may have its pid by now. */
function isUp(pid: number): boolean {
  return isRunning(pid) && /(^|[\s/\\])(tidehouse|main\.[jt]s)\s(.*\s)?up(\s|$)/.test(commandOf(pid));
}
