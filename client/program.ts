import { Option } from 'commander';
import { packageVersion } from '../activities/package-root.ts';
import type { Command, CommandGroup, Environments } from './command.ts';
import { isGroup } from './command.ts';
import { CommandLine } from './command-line.ts';
import { commands } from './commands/index.ts';
import { exitCodeDescriptions } from './exit-codes.ts';
import { buildFewerTypes } from './fewer-types.ts';
import { colourChoices } from './terminal/colours.ts';
import type { Printer } from './terminal/printer.ts';

/**
 * The command line, built from the values in `commands/`. A command's implementation is loaded only when it is called,
 * because most commands do not need the native worker. Usage errors are thrown as CommanderError and not printed.
 */
export function createProgram(printer: Printer): CommandLine {
  const program = new CommandLine('tidehouse')
    .description(
      'Syncs Postgres databases into one analytics warehouse every ten minutes without losing a row, and the weather into Parquet files every hour.',
    )
    .version(packageVersion)
    .option(
      '--config <file>',
      'the config; default: TIDEHOUSE_CONFIG, else the running "up", else ./tidehouse.yaml',
    )
    .option('--json', 'print the result as JSON on stdout; log JSON lines to stderr')
    .addOption(
      new Option('--color <when>', 'whether states have colours; auto: where a person reads them').choices(
        colourChoices,
      ),
    )
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', exitCodesHelp())
    // Errors are printed where they are caught.
    .configureOutput({ outputError: () => undefined, ...(printer.json && { writeErr: () => undefined }) })
    .exitOverride();
  const add = (parent: CommandLine, each: Command | CommandGroup): void => {
    const isDefault = !isGroup(each) && each.isDefault === true;
    const child = parent.command(each.name, { isDefault }).summary(each.summary);
    if (isGroup(each)) {
      child.description(`${each.summary.charAt(0).toUpperCase()}${each.summary.slice(1)}.`);
      for (const command of each.commands) add(child, command);
    } else
      child.implement(each, async (input, config) =>
        each.run((await environment(each, config, printer)) as never, input as never),
      );
  };
  for (const each of commands) add(program, each);
  return program;
}

async function environment(
  { requires, runsWorkflows }: Command,
  config: string | undefined,
  printer: Printer,
): Promise<Environments[typeof requires]> {
  if (requires === 'printer') return { printer };
  if (!runsWorkflows) buildFewerTypes();
  const { firstError, locate } = await import('./context/context.ts');
  const location = locate(config, printer);
  if (requires === 'location') return location;
  if (requires === 'context') return location.open();
  const context = await location.tryOpen();
  if (!(context instanceof Error)) return context;
  printer.log(firstError(context));
  return { found: location.found, printer };
}

function exitCodesHelp(): string {
  const lines = exitCodeDescriptions.map(([code, description]) => `  ${code}  ${description}`);
  return ['', 'Exit codes:', ...lines].join('\n');
}
