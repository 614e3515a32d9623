import { ConfigError } from '../../model/config.ts';
import type { Failure } from '../../model/failure.ts';
import { failureTypes } from '../../model/failure.ts';
import { unwrapFailure } from '../../model/unwrap-failure.ts';
import type { ExitCode } from '../exit-codes.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

/** What to print for an error that a person can correct; undefined for any other, which is a fault of the program. */
export function expectedFailure(error: unknown): CommandFailure | undefined {
  if (error instanceof CommandFailure) return error;
  if (error instanceof ConfigError)
    return new CommandFailure(exitCodes.invalid, error.message, { cause: error });
  const failure = unwrapFailure(error);
  const { message, details } = failure;
  if (details)
    return new CommandFailure(exitCodeOf(failure), message.charAt(0).toUpperCase() + message.slice(1), {
      cause: error,
    });
  // The operating system refuses something: `EACCES: permission denied, open 'tidehouse.yaml'`.
  if (error instanceof Error && 'syscall' in error)
    return new CommandFailure(exitCodes.failed, message, { cause: error });
  return undefined;
}

function exitCodeOf({ type, details }: Failure): ExitCode {
  if (type === failureTypes.badConfig) return exitCodes.invalid;
  return type === failureTypes.unavailable && details?.warehouse ? exitCodes.unreachable : exitCodes.failed;
}
