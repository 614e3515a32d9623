import { parseArgs } from 'node:util';

/** The amount of work of a run. */
export interface Sizes {
  /** 1 is 50,000 sessions, 500,000 events and 50,000 transactions on each source, and a delta of 13,500 changes. */
  readonly scale: number;
  /** The number of rounds, each of ten minutes of changes. */
  readonly rounds: number;
}

/** An invalid command line; the message explains how to correct it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const usage = 'Usage: npm run bench -- [--scale 1] [--rounds 3]';

/** Reads the command line. Throws a UsageError. */
export function readSizes(args: readonly string[]): Sizes {
  const options = {
    scale: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
  } as const;
  let values: { scale: string; rounds: string };
  try {
    values = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message} ${usage}`);
  }
  const scale = Number(values.scale);
  const rounds = Number(values.rounds);
  if (!(scale > 0 && scale <= 100))
    throw new UsageError(`--scale must be a positive number up to 100, for example 0.02. ${usage}`);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds must be a whole number, at least 1. ${usage}`);
  return { scale, rounds };
}
