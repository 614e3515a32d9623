import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, isRunning } from '../../local/process/running-process.ts';

/** What a running `tidehouse up` has written for the commands beside it. */
export interface RunningUp {
  readonly config: string;
  /** Where its Temporal is; what the environment says about Temporal means another one. */
  readonly temporalFile: string;
  readonly webUi?: string;
}

/** The `up` that runs on this checkout, if one does. */
export function findRunningUp(checkout: string): RunningUp | undefined {
  const folder = join(checkout, '.tidehouse');
  const note = readNote(join(folder, 'up.json'));
  if (!note || !isUp(note.pid)) return undefined;
  return {
    config: join(folder, 'tidehouse.yaml'),
    temporalFile: join(folder, 'temporal.toml'),
    ...(note.webUi === undefined ? {} : { webUi: note.webUi }),
  };
}

/** An `up` that was killed leaves its note behind, and its pid may be another program's by now. */
function isUp(pid: number): boolean {
  return isRunning(pid) && /(^|[\s/\\])(tidehouse|main\.[jt]s)\s(.*\s)?up(\s|$)/.test(commandOf(pid));
}

function readNote(path: string): { pid: number; webUi?: string } | undefined {
  try {
    const { pid, webUi } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return undefined;
    return typeof webUi === 'string' ? { pid, webUi } : { pid };
  } catch {
    return undefined;
  }
}
