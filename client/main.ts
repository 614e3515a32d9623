import { CommanderError } from 'commander';
import { packageRoot } from '../activities/package-root.ts';
import type { ExitCode } from './exit-codes.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { colourChoice } from './terminal/colours.ts';
import { createPrinter } from './terminal/printer.ts';
import { createProgram } from './program.ts';

/** The exit code for an error, and the message to print. */
interface Ending {
  readonly exitCode: ExitCode;
  /** Absent when there is nothing more to print, as after the help. */
  readonly message?: string;
}

async function endingOf(error: unknown): Promise<Ending> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { exitCode: exitCodes.done };
    // Commander has printed the help.
    if (error.code === 'commander.help')
      return { exitCode: exitCodes.invalid, message: 'error: a command is missing' };
    return { exitCode: exitCodes.invalid, message: error.message };
  }
  if (error instanceof CommandFailure) return { exitCode: error.exitCode, message: error.message };
  const missing = missingModule(error);
  if (missing !== undefined)
    return {
      exitCode: exitCodes.invalid,
      message: `Tidehouse is not installed completely (it lacks ${missing}): run "npm ci && npm run build" in ${packageRoot}, or wait until an installation that is running has ended.`,
    };
  const { expectedFailure } = await import('./connect/expected-failure.ts');
  const expected = expectedFailure(error);
  if (expected) return expected;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: exitCodes.failed, message: `Unexpected error: ${stack}` };
}

/** The file or package that cannot be loaded, because an installation or a build is incomplete or goes on meanwhile. */
function missingModule(error: unknown): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  return /'(.+?)'/.exec(message)?.[1] ?? 'a module';
}

async function main(argv: readonly string[]): Promise<ExitCode> {
  const printer = createPrinter(argv.includes('--json'), colourChoice(argv));
  try {
    await createProgram(printer).parseAsync(argv);
    return exitCodes.done;
  } catch (error) {
    const { exitCode, message } = await endingOf(error);
    if (message === undefined) return exitCode;
    printer.log(message, 'ERROR');
    if (printer.json && !printer.printed()) printer.result({ error: message }, message);
    return exitCode;
  }
}

// A reader may close the pipe early, as `head` does. The command continues, and its exit code still counts.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

void main(process.argv).then((exitCode) => {
  // Exit explicitly, because abandoned connections may keep the process alive, but only after stdout is flushed.
  process.stdout.write('', () => process.exit(exitCode));
});
