import { createInterface } from 'node:readline/promises';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

/** Asks `question` on the terminal; anything but yes is no. Without a terminal it throws, with advice. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new CommandFailure(exitCodes.invalid, `${question} There is nobody to answer: add --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
