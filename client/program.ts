import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { packageRoot } from '../activities/package-root.ts';
import { taskQueues } from '../model/names.ts';
import type { DemoOptions } from './commands/demo.ts';
import type { BackfillOptions, ToggleOptions } from './commands/schedules.ts';
import type { ReplayOptions } from './commands/replay.ts';
import type { StatusOptions } from './commands/status.ts';
import type { SyncOptions } from './commands/sync.ts';
import type { UpOptions } from './commands/up.ts';
import type { WeatherOptions } from './commands/weather.ts';
import type { WorkerOptions } from './commands/worker.ts';
import type { NameKind, Shell } from './completion.ts';
import { nameKinds, shells } from './completion.ts';
import type { Context } from './context/context.ts';
import { locate, openContext } from './context/context.ts';
import { addExamples } from './examples.ts';
import type { Printer } from './terminal/printer.ts';

const exitCodeHelp = `
Exit codes:
  0  done
  1  it failed
  2  wrong usage or config
  3  Temporal or the warehouse is out of reach`;

/**
 * The command line. What a command does is loaded when it is called: most of them never need the worker's native part.
 * Usage errors are thrown as CommanderError.
 */
export function createProgram(printer: Printer): Command {
  const program = new Command('tidehouse')
    .description(
      'Brings Postgres hosts into one analytics warehouse, lossless, every ten minutes, and the weather into Parquet files every hour.',
    )
    .version(version())
    .option(
      '--config <file>',
      'the config; else TIDEHOUSE_CONFIG, else that of the running "up", else ./tidehouse.yaml',
    )
    .option('--json', 'print one JSON document on stdout, and news on stderr as JSON lines')
    .configureHelp({ showGlobalOptions: true })
    // In JSON it is said by whoever catches what is thrown.
    .configureOutput({ outputError: (text, write) => (printer.json ? undefined : write(text)) })
    .addHelpText('afterAll', exitCodeHelp)
    .exitOverride();

  const configOf = (command: Command) => command.optsWithGlobals<{ config?: string }>().config;
  const context = (command: Command): Promise<Context> => openContext(configOf(command), printer);

  program
    .command('up')
    .description(
      'everything on this machine: servers, demo data, worker, schedules, a first sync; until Ctrl-C',
    )
    .option('--fresh', 'begin anew, without the data of the last time')
    .action(async (options: UpOptions) => (await import('./commands/up.ts')).up(printer, options));

  program
    .command('migrate')
    .description("bring the warehouse's schema up to this version")
    .action(async (_: object, command: Command) =>
      (await import('./commands/migrate.ts')).migrate(await context(command)),
    );

  program
    .command('worker')
    .description('run a Temporal worker, as many as wanted')
    .addOption(
      new Option('--log-level <level>', 'what goes to stderr')
        .choices(['trace', 'debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addOption(
      new Option(
        '--queue <queue>',
        'this task queue only; may be repeated ("files" needs the weather folder)',
      )
        .choices(taskQueues)
        .argParser(oneOf(taskQueues)),
    )
    .action(async (options: WorkerOptions, command: Command) =>
      (await import('./commands/worker.ts')).worker(await context(command), options),
    );

  program
    .command('sync')
    .description(
      'start a run, show its progress and wait for it; all that was committed before has then landed',
    )
    .option('--source <source>', 'this one only; may be repeated', collect)
    .option('--no-wait', 'only start it')
    .action(async (options: SyncOptions, command: Command) =>
      (await import('./commands/sync.ts')).sync(await context(command), options),
    );

  program
    .command('weather')
    .description('observe now, or fill the hours that the files lack')
    .option('--place <place>', 'this one only; may be repeated', collect)
    .option('--from <time>', 'fill from this day of the place, or this instant')
    .option('--to <time>', 'to this day or instant; else to now')
    .option('--no-wait', 'only start it')
    .action(async (options: WeatherOptions, command: Command) =>
      (await import('./commands/weather.ts')).weather(await context(command), options),
    );

  const schedules = program.command('schedules').description('schedules as data, and by hand');
  const loadSchedules = () => import('./commands/schedules.ts');
  schedules
    .command('apply')
    .description("make Temporal's schedules those of the config; keeps whether one is paused, and its note")
    .action(async (_: object, command: Command) =>
      (await loadSchedules()).applyCommand(await context(command)),
    );
  schedules
    .command('plan')
    .description('what apply would change; changes nothing')
    .action(async (_: object, command: Command) =>
      (await loadSchedules()).planCommand(await context(command)),
    );
  schedules
    .command('list')
    .description('how they stand, with their notes')
    .action(async (_: object, command: Command) =>
      (await loadSchedules()).listCommand(await context(command)),
    );
  schedules
    .command('pause')
    .description('start no runs until it is resumed; the note says who paused it')
    .argument('<id>', 'the schedule')
    .option('--reason <text>', 'why; the note says it')
    .option('--note <text>', 'the same')
    .action(async (id: string, { reason, note }: ToggleOptions, command: Command) =>
      (await loadSchedules()).pauseCommand(await context(command), id, reason ?? note),
    );
  schedules
    .command('resume')
    .description('start runs again; the note says who resumed it')
    .argument('<id>', 'the schedule')
    .option('--reason <text>', 'why; the note says it instead of why it was paused')
    .option('--note <text>', 'the same')
    .action(async (id: string, { reason, note }: ToggleOptions, command: Command) =>
      (await loadSchedules()).resumeCommand(await context(command), id, reason ?? note),
    );
  schedules
    .command('trigger')
    .description('start a run now, unless one is going')
    .argument('<id>', 'the schedule')
    .action(async (id: string, _: object, command: Command) =>
      (await loadSchedules()).triggerCommand(await context(command), id),
    );
  schedules
    .command('backfill')
    .description('make up for runs that were due in a time that has passed: one now, and one after it')
    .argument('<id>', 'the schedule')
    .requiredOption('--from <time>', 'from this instant, or day in UTC')
    .requiredOption('--to <time>', 'to this instant, or day in UTC')
    .action(async (id: string, options: BackfillOptions, command: Command) =>
      (await loadSchedules()).backfillCommand(await context(command), id, options),
    );

  const alerts = program.command('alerts').description('what is wrong, and who is told of it');
  alerts
    .command('list')
    .description('the incidents that are open')
    .action(async (_: object, command: Command) =>
      (await import('./commands/alerts.ts')).listAlerts(await context(command)),
    );
  alerts
    .command('test')
    .description('send one message of each kind to each chat')
    .action(async (_: object, command: Command) =>
      (await import('./commands/alerts.ts')).testAlerts(await context(command)),
    );
  alerts
    .command('mute')
    .description('keep an open incident quiet for a while')
    .argument('<incident>', 'as "alerts list" names it, for example source/project_b')
    .argument('<time>', 'for example 2h')
    .action(async (incident: string, time: string, _: object, command: Command) =>
      (await import('./commands/alerts.ts')).muteAlert(await context(command), incident, time),
    );

  program
    .command('status')
    .description(
      'how fresh the warehouse is, per source and table; how the schedules stand; which hours of weather are there',
    )
    .option('--watch', 'draw it anew every two seconds, until Ctrl-C')
    .action(async (options: StatusOptions, command: Command) =>
      (await import('./commands/status.ts')).status(await context(command), options),
    );

  program
    .command('doctor')
    .description('look at all that a run needs, from this machine, and say what to do; changes nothing')
    .action(async (_: object, command: Command) =>
      (await import('./commands/doctor.ts')).doctor(locate(configOf(command), printer)),
    );

  program
    .command('replay')
    .description(
      'before an upgrade: could this version go on with the runs that are open? Changes none of them',
    )
    .option('--query <filter>', "which runs, in Temporal's list filter", 'ExecutionStatus = "Running"')
    .option('--save <folder>', 'keep their histories there, for the replay tests')
    .action(async (options: ReplayOptions, command: Command) =>
      (await import('./commands/replay.ts')).replay(await context(command), options),
    );

  program
    .command('demo')
    .description('change hosts that have the demo tables as an application would, until Ctrl-C')
    .argument('<name=url...>', 'the hosts, each with the URL of a role that may write')
    .option('--every <seconds>', 'how long between two changes of a host', '2.5')
    .action(async (hosts: string[], options: DemoOptions) =>
      (await import('./commands/demo.ts')).demo(printer, hosts, options),
    );

  program
    .command('schema')
    .description("print the config's JSON Schema, for editors")
    .action(async () => (await import('./commands/schema.ts')).schema(printer));

  program
    .command('completion')
    .description('print a script that completes this command line in a shell')
    .addArgument(new Argument('<shell>').choices(shells))
    .action(async (shell: Shell) =>
      (await import('./commands/completion.ts')).completion(printer, program, shell),
    );

  program
    .command('names', { hidden: true })
    .description('print the names that the config has, for completion')
    .addArgument(new Argument('<kind>').choices(nameKinds))
    .action(async (kind: NameKind, _: object, command: Command) =>
      (await import('./commands/completion.ts')).names(await context(command), kind),
    );

  addExamples(program);
  return program;
}

/** A choice that may be made more than once. */
function oneOf<T extends string>(choices: readonly T[]) {
  return (value: string, before: readonly T[] = []): T[] => {
    const choice = choices.find((each) => each === value);
    if (choice === undefined) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return [...before, choice];
  };
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function version(): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
}
