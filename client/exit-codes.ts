/** The exit codes of the command, for scripts. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** Wrong usage, an error in the config, or a missing build, which the launcher reports. */
  invalid: 2,
  /** Temporal or the warehouse cannot be reached. */
  unreachable: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Each code in words, for the help and the documentation. */
export const exitCodeDescriptions: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.done, 'done'],
  [exitCodes.failed, 'failed'],
  [exitCodes.invalid, 'wrong usage, an error in the config, or no build'],
  [exitCodes.unreachable, 'Temporal or the warehouse cannot be reached'],
];

/** An error for the user to correct: only its message is printed, without a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
