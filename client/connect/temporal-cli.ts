import { isAbsolute, relative } from 'node:path';
import type { RunningUp } from '../context/running-up.ts';
import { shellWord } from '../../model/shell-word.ts';

/**
 * How to call the `temporal` CLI, for a command to be run in a shell in the folder `from`: with the settings of the running
 * `up`, whose CLI may not be on the PATH. Without one, `temporal` finds its server as commands do.
 */
export function temporalCli(
  up: Pick<RunningUp, 'temporalFile' | 'temporalCli'> | undefined,
  from: string,
): string {
  if (!up) return 'temporal';
  const word = (path: string) => shellWord(isAbsolute(path) ? relative(from, path) : path);
  return `TEMPORAL_CONFIG_FILE=${word(up.temporalFile)} ${word(up.temporalCli)}`;
}
