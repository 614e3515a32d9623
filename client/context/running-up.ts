import { join } from 'node:path';
import { commandOf, isRunning } from '../../local/process/running-process.ts';
import { readUpNote } from '../up/note.ts';

/** The files of a running `tidehouse up` that other commands use. */
export interface RunningUp {
  readonly config: string;
  /** Where its Temporal is. What the environment says about Temporal is about another server. */
  readonly temporalFile: string;
}

/** The `up` that is running from this checkout, if there is one. */
export function findRunningUp(checkout: string): RunningUp | undefined {
  const folder = join(checkout, '.tidehouse');
  const note = readUpNote(folder);
  if (!note || !isUp(note.pid)) return undefined;
  return { config: join(folder, 'tidehouse.yaml'), temporalFile: join(folder, 'temporal.toml') };
}

/** An `up` that was killed leaves its note behind, and another program may have its pid by now. */
function isUp(pid: number): boolean {
  return isRunning(pid) && /(^|[\s/\\])(tidehouse|main\.[jt]s)\s(.*\s)?up(\s|$)/.test(commandOf(pid));
}
