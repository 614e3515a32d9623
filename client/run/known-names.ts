import { unknownName } from '../../model/config.ts';
import { failureMessage } from '../../model/failure.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

/** The names given on the command line, without duplicates. Throws a CommandFailure for a name not in the config. */
export function knownNames(
  kind: 'source' | 'place',
  requested: readonly string[],
  known: readonly string[],
): string[] {
  const unknown = requested.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new CommandFailure(exitCodes.invalid, failureMessage(unknownName(kind, unknown, known)));
  return [...new Set(requested)];
}
