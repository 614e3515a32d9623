/** What the process tells whoever started it. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** Wrong usage, or a mistake in the config. */
  wrong: 2,
  /** Temporal or the warehouse. */
  outOfReach: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Thrown for what people can understand and put right: its message is all that they are shown. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
