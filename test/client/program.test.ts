import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { commands } from '../../client/commands/index.ts';
import { isGroup } from '../../client/command.ts';
import { createPrinter } from '../../client/terminal/printer.ts';
import { createProgram } from '../../client/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { packagesLoadedBy } from '../support/packages-loaded.ts';
import { nowhere, tidehouse } from '../support/run-command.ts';

const good = `
sources: { project_a: { url: postgres://reader:hunter2@${nowhere}/shop } }
weather:
  provider: open-meteo
  places: [{ name: minsk, latitude: 53.9, longitude: 27.6, timezone: Europe/Minsk }]
  folder: ./weather
warehouse: { url: postgres://writer:hunter2@${nowhere}/analytics }
staging: ./staging
tables: { events: {} }
`;

const fiveErrors = `
sources:
  project_a: { url: mysql://reader:hunter2@host/shop, colour: red }
warehouse: { url: $NOT_SET }
staging: ./staging
tables: { events: { from: project_x } }
schedules: { sync: soon }
`;

let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder('commands');
  await writeFile(join(folder, 'good.yaml'), good);
  await writeFile(join(folder, 'bad.yaml'), fiveErrors);
});

const run = (...args: string[]) => tidehouse(args, { folder });

test('the help lists the commands and the exit codes', async () => {
  const { code, stdout, stderr } = await run('--help');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatchInlineSnapshot(`
    "Usage: tidehouse [options] [command]

    Syncs Postgres databases into one analytics warehouse every ten minutes without
    losing a row, and the weather into Parquet files every hour.

    Options:
      -V, --version                         output the version number
      --config <file>                       the config; default: TIDEHOUSE_CONFIG,
                                            else the running "up", else
                                            ./tidehouse.yaml
      --json                                print the result as JSON on stdout; log
                                            JSON lines to stderr
      --color <when>                        whether states have colours; auto: where
                                            a person reads them (choices: "auto",
                                            "always", "never")
      -h, --help                            display help for command

    Commands:
      up [options]                          run everything on this machine: servers,
                                            demo data, worker, schedules
      init <url...>                         write a tidehouse.yaml for databases
      migrate                               bring the schema of the warehouse up to
                                            this version
      repartition [options]                 move the tables of an older warehouse to
                                            partitions by source
      worker [options]                      run a Temporal worker
      sync [options]                        sync the sources now and wait for the
                                            result
      weather [options]                     observe the weather now, or fill missing
                                            hours
      schedules                             manage the Temporal schedules
      alerts                                list, test and mute alerts
      status [options]                      show freshness, schedules, weather and
                                            open incidents
      report [options]                      write the page as one HTML file
      tables                                list the tables that the config chooses
      doctor                                check everything that a run needs
      sources                               list, rename and remove sources
      audit [options]                       compare every row with its source, and
                                            mend what differs
      resync [options] <source> [table...]  read a source, or some of its tables,
                                            whole again
      quarantine                            list, show and retry the rows that the
                                            warehouse refuses
      accept [options] <source>             accept that a source is another server,
                                            was restored, or has deleted many rows
      replay [options]                      check that open workflows replay on this
                                            version
      demo [options] <name=url...>          change demo sources as an application
                                            would, until Ctrl-C
      schema                                print the JSON Schema of tidehouse.yaml
      help [command]                        display help for command

    Exit codes:
      0  done
      1  failed
      2  wrong usage, an error in the config, or no build
      3  Temporal or the warehouse cannot be reached
    "
  `);
});

test("a command's help has its description, its options, the global options and an example", async () => {
  expect((await run('sync', '--help')).stdout).toMatchInlineSnapshot(`
    "Usage: tidehouse sync [options]

    Starts a sync, shows its progress and waits for it. If a source is being synced
    already, waits for that run and then runs once more, so exit code 0 means that
    everything committed before the command started is in the warehouse. Ctrl-C ends
    the command, not the sync, and prints how to cancel that.

    Options:
      --source <source>  sync only this source; can be repeated
      --no-wait          start the sync and return at once
      -h, --help         display help for command

    Global Options:
      -V, --version      output the version number
      --config <file>    the config; default: TIDEHOUSE_CONFIG, else the running
                         "up", else ./tidehouse.yaml
      --json             print the result as JSON on stdout; log JSON lines to
                         stderr
      --color <when>     whether states have colours; auto: where a person reads
                         them (choices: "auto", "always", "never")

    Example:
      tidehouse sync --source project_a --source project_b
    "
  `);
});

test('the help of a group lists its commands', async () => {
  expect((await run('alerts', '--help')).stdout).toContain('list the open incidents');
});

test.each(exampleLines())('the example "%s" is a valid command line', (line) => {
  const [, words] = /tidehouse (.*?)(?: > .*)?$/.exec(line)!;
  const parsed: string[] = [];
  const program = createProgram(createPrinter(false));
  for (const each of commandsOf(program)) each.action(() => void parsed.push(each.name()));
  const args = words!.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", ''));
  program.parse(args, { from: 'user' });
  expect(parsed).toHaveLength(1);
});

const terminalPackages = ['commander', 'get-east-asian-width'];

test.each(['--help', '--version'])(
  '%s loads no package but those of the command line and the terminal',
  async (arg) => {
    expect(await packagesLoadedBy([arg], { folder })).toEqual(terminalPackages);
  },
);

test('the JSON Schema needs neither a client of Temporal or Postgres nor the parser of the config', async () => {
  expect(await packagesLoadedBy(['schema'], { folder })).toEqual([...terminalPackages, 'zod']);
});

test('the help of a flag does not mention that it is off by default', async () => {
  for (const command of ['up', 'status']) {
    const { stdout } = await run(command, '--help');
    expect(stdout).toMatch(/--(fresh|watch) /);
    expect(stdout).not.toContain('default: false');
  }
});

test('an unknown command is answered with the closest one and a list of all', async () => {
  const { stderr } = await run('statsu');
  expect(stderr).toContain('Did you mean status?');
  expect(stderr).toMatch(/^The commands are: up, init, migrate, .*, schema$/m);
  expect((await run('schedules', 'start')).stderr).toMatch(/^The commands are: plan, .*, backfill$/m);
  expect((await run('sources', 'drop')).stderr).toBe(
    "error: unknown command 'drop'\nThe commands are: list, rename, remove\n",
  );
  expect((await run('sources', 'list', 'shop')).stderr).toContain("too many arguments for 'list'");
});

test('a missing schedule is answered with a list of the schedules', async () => {
  const { code, stderr } = await run('schedules', 'pause');
  expect([code, stderr]).toEqual([
    2,
    "error: missing required argument 'id' (sync, weather, audit, alerts)\n",
  ]);
});

test('an unknown schedule is answered with a list of the schedules', async () => {
  const { code, stderr } = await run('schedules', 'pause', 'snyc');
  expect([code, stderr]).toEqual([
    2,
    "error: 'snyc' is not a valid id. Allowed choices are sync, weather, audit, alerts.\n",
  ]);
});

test('status --watch without a terminal exits with 2 and the reason', async () => {
  const { code, stderr } = await run('status', '--watch', '--config', 'good.yaml');
  expect([code, stderr]).toEqual([2, expect.stringContaining('--watch requires a terminal')]);
});

test.each([
  ['no command', []],
  ['an unknown command', ['statsu']],
  ['an unknown option', ['status', '--fast']],
  ['a surplus argument', ['status', 'project_a']],
  ['an option without its value', ['sync', '--source']],
  ['a value that an option does not accept', ['worker', '--log-level', 'loud']],
  ['an unknown source', ['--config', 'good.yaml', 'sync', '--source', 'project_z']],
])('%s exits with 2 and the reason on stderr, without a stack', async (_, args) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).not.toBe('');
  expect(stderr).not.toMatch(/^ +at /m);
});

test('status names its config also when nothing can be read', async () => {
  const { code, stdout, stderr } = await tidehouse(['--config', 'none.yaml', 'status'], {
    folder,
    env: { TEMPORAL_CONFIG_FILE: '/nonexistent' },
  });
  expect([code, stdout]).toEqual([2, '']);
  const config = join(folder, 'none.yaml');
  expect(stderr.split('\n')).toEqual([
    `Config: ${config}`,
    `Not shown: sources, weather. ${config}: the config cannot be read (ENOENT); choose another with --config, or start from the example in the README.`,
    expect.stringMatching(/^Not shown: schedules, incidents\. .*there is no file \/nonexistent$/),
    '',
  ]);
});

test('five errors in a config are five lines without secrets', async () => {
  const { code, stdout, stderr } = await run('migrate', '--config', 'bad.yaml');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.trim().split('\n')).toHaveLength(5);
  for (const where of ['project_a.url', 'project_a.colour', 'NOT_SET', 'project_x', 'schedules.sync'])
    expect(stderr).toContain(where);
  expect(stderr).not.toContain('hunter2');
});

test('an unreachable Temporal exits with 3', async () => {
  const { code, stdout, stderr } = await run('schedules', 'apply', '--config', 'good.yaml');
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(
    new RegExp(`^Temporal at ${nowhere} cannot be reached \\(connection refused by ${nowhere}\\)\\. .*\n$`),
  );
});

test('an unreachable warehouse exits with 3, and no secret is printed', async () => {
  const { code, stdout, stderr } = await run('migrate', '--config', 'good.yaml');
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^The warehouse: .*connection refused.*\n$/);
  expect(stderr).not.toContain('hunter2');
});

test.each([
  [2, ['statsu']],
  [2, ['status', '--config', 'bad.yaml']],
  [3, ['migrate', '--config', 'good.yaml']],
])('with --json, a failure with exit code %i is one document too', async (expected, args) => {
  const { code, stdout, stderr } = await run('--json', ...args);
  expect(code).toBe(expected);
  const { error } = JSON.parse(stdout) as { error: string };
  expect(error).toEqual(expect.any(String));
  // On stderr, one JSON line with the same keys as the log of a worker.
  expect(stderr).toMatch(/^\{"time":"\d{4}-[^"]*Z","level":"ERROR","message":"/);
  expect(
    stderr
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message),
  ).toEqual([error]);
});

function exampleLines(): string[] {
  return commands.flatMap((each) => (isGroup(each) ? each.commands : [each])).map(({ example }) => example);
}

function commandsOf(program: Command): Command[] {
  return program.commands.flatMap((each) => (each.commands.length > 0 ? commandsOf(each) : [each]));
}
