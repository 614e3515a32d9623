import { unknownName } from '../../model/config.ts';
import { failureMessage } from '../../model/failure.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

/** The names given on the command line, each once. Throws a CommandFailure for one that the config does not have. */
export function knownNames(
  kind: 'source' | 'place',
  given: readonly string[],
  known: readonly string[],
): string[] {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new CommandFailure(exitCodes.invalid, failureMessage(unknownName(kind, unknown, known)));
  return [...new Set(given)];
}
