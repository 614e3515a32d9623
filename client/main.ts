#!/usr/bin/env node
import { CommanderError } from 'commander';
import { ConfigError } from '../model/config.ts';
import type { ExitCode } from './exit-codes.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { createPrinter } from './terminal/printer.ts';
import { createProgram } from './program.ts';

/** What to say about an error, and which code to end with. */
interface Verdict {
  readonly exitCode: ExitCode;
  readonly message: string;
  /** It has been said already. */
  readonly said?: boolean;
}

function judge(error: unknown, json: boolean): Verdict {
  if (error instanceof CommanderError)
    return error.exitCode === 0
      ? { exitCode: exitCodes.done, message: '', said: true }
      : { exitCode: exitCodes.wrong, message: error.message, said: !json };
  if (error instanceof ConfigError) return { exitCode: exitCodes.wrong, message: error.message };
  if (error instanceof CommandFailure) return { exitCode: error.exitCode, message: error.message };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: exitCodes.failed, message: `This should not have happened: ${stack}` };
}

async function main(argv: readonly string[]): Promise<ExitCode> {
  const printer = createPrinter(argv.includes('--json'));
  try {
    await createProgram(printer).parseAsync(argv);
    return exitCodes.done;
  } catch (error) {
    const { exitCode, message, said } = judge(error, printer.json);
    if (said !== true) printer.say(message, 'ERROR');
    if (printer.json && !printer.printed() && exitCode !== exitCodes.done)
      printer.result({ error: message }, message);
    return exitCode;
  }
}

// Whoever reads us may stop reading, as `head` does; the work goes on, and the exit code tells of it.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

void main(process.argv).then((exitCode) => {
  // Connections that were given up may linger; what was printed must be out before they are cut.
  process.stdout.write('', () => process.exit(exitCode));
});
