import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createPrinter } from '../../client/terminal/printer.ts';
import { createProgram } from '../../client/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
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

const fiveMistakes = `
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
  await writeFile(join(folder, 'bad.yaml'), fiveMistakes);
});

const run = (...args: string[]) => tidehouse(args, { folder });

test('the help says what there is, and the exit codes', async () => {
  const { code, stdout, stderr } = await run('--help');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatchInlineSnapshot(`
   "Usage: tidehouse [options] [command]

   Brings Postgres hosts into one analytics warehouse, lossless, every ten minutes,
   and the weather into Parquet files every hour.

   Options:
     -V, --version                 output the version number
     --config <file>               the config; else TIDEHOUSE_CONFIG, else that of
                                   the running "up", else ./tidehouse.yaml
     --json                        print one JSON document on stdout, and news on
                                   stderr as JSON lines
     -h, --help                    display help for command

   Commands:
     up [options]                  everything on this machine: servers, demo data,
                                   worker, schedules, a first sync; until Ctrl-C
     migrate                       bring the warehouse's schema up to this version
     worker [options]              run a Temporal worker, as many as wanted
     sync [options]                start a run, show its progress and wait for it;
                                   all that was committed before has then landed
     weather [options]             observe now, or fill the hours that the files
                                   lack
     schedules                     schedules as data, and by hand
     alerts                        what is wrong, and who is told of it
     status [options]              how fresh the warehouse is, per source and
                                   table; how the schedules stand; which hours of
                                   weather are there
     doctor                        look at all that a run needs, from this machine,
                                   and say what to do; changes nothing
     replay [options]              before an upgrade: could this version go on with
                                   the runs that are open? Changes none of them
     demo [options] <name=url...>  change hosts that have the demo tables as an
                                   application would, until Ctrl-C
     schema                        print the config's JSON Schema, for editors
     completion <shell>            print a script that completes this command line
                                   in a shell
     help [command]                display help for command

   Exit codes:
     0  done
     1  it failed
     2  wrong usage or config
     3  Temporal or the warehouse is out of reach
   "
  `);
});

test("a command's help says its options and the global ones", async () => {
  expect((await run('sync', '--help')).stdout).toMatchInlineSnapshot(`
   "Usage: tidehouse sync [options]

   start a run, show its progress and wait for it; all that was committed before
   has then landed

   Options:
     --source <source>  this one only; may be repeated
     --no-wait          only start it
     -h, --help         display help for command

   Global Options:
     -V, --version      output the version number
     --config <file>    the config; else TIDEHOUSE_CONFIG, else that of the running
                        "up", else ./tidehouse.yaml
     --json             print one JSON document on stdout, and news on stderr as
                        JSON lines

   Example:
     tidehouse sync --source project_a --source project_b

   Exit codes:
     0  done
     1  it failed
     2  wrong usage or config
     3  Temporal or the warehouse is out of reach
   "
  `);
});

test('the help of every command holds an example of it', () => {
  const lacking: string[] = [];
  const visit = (command: Command, path: string): void => {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    if (command.commands.length === 0 && !help.includes(`Example:\n  `)) lacking.push(path);
    for (const each of command.commands) visit(each, `${path} ${each.name()}`);
  };
  for (const command of createProgram(createPrinter(false)).commands) visit(command, command.name());
  expect(lacking).toEqual([]);
});

test('no help says of a flag that it is off by default', async () => {
  for (const command of ['up', 'status']) {
    const { stdout } = await run(command, '--help');
    expect(stdout).toMatch(/--(fresh|watch) /);
    expect(stdout).not.toContain('default: false');
  }
});

test('an unknown command suggests the nearest', async () => {
  expect((await run('statsu')).stderr).toContain('Did you mean status?');
});

test('status --watch without a terminal ends with 2 and says why', async () => {
  const { code, stderr } = await run('status', '--watch', '--config', 'good.yaml');
  expect([code, stderr]).toEqual([2, expect.stringContaining('--watch draws on a terminal')]);
});

test.each([
  ['tidehouse st', 'status'],
  ['tidehouse schedules p', 'plan pause'],
  ['tidehouse --json schedules pause --n', '--note'],
  ['tidehouse completion f', 'fish'],
  ['tidehouse sync --so', '--source'],
  ['tidehouse --config goo', 'good.yaml'],
  ['tidehouse --config good.yaml sync --source ', 'project_a'],
  ['tidehouse --config good.yaml weather --place mi', 'minsk'],
  ['tidehouse --config good.yaml schedules pause w', 'weather'],
  ['tidehouse --config bad.yaml sync --source ', ''],
  ['tidehouse worker --queue f', 'files'],
  ['tidehouse weather --from ', ''],
  ['tidehouse nam', ''],
])('in bash, %s is completed to %s', async (typed, completed) => {
  const { stdout } = await run('completion', 'bash');
  const words = typed.split(' ');
  // There is no tidehouse on the PATH: the script brings it, as for who runs it with npx.
  const asked = `${stdout}
COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _tidehouse; echo "\${COMPREPLY[*]}"`;
  expect(execFileSync('bash', ['-c', asked], { cwd: folder, encoding: 'utf8' })).toBe(`${completed}\n`);
});

test.each(['zsh', 'fish'])('a completion for %s holds every command', async (shell) => {
  const { code, stdout } = await run('completion', shell);
  expect(code).toBe(0);
  const program = createProgram(createPrinter(false));
  for (const each of program.createHelp().visibleCommands(program)) {
    if (each.name() !== 'help') expect(stdout).toContain(` ${each.name()}`);
  }
});

test.each([
  ['no command', []],
  ['an unknown command', ['statsu']],
  ['an unknown option', ['status', '--fast']],
  ['an argument too many', ['status', 'project_a']],
  ['an option without its value', ['sync', '--source']],
  ['a value that an option does not take', ['worker', '--log-level', 'loud']],
  ['an unknown source', ['--config', 'good.yaml', 'sync', '--source', 'project_z']],
  ['a config that is not there', ['--config', 'none.yaml', 'status']],
])('%s ends with 2 and says why on stderr, without a stack', async (_, args) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).not.toBe('');
  expect(stderr).not.toMatch(/^ +at /m);
});

test('five mistakes in a config are five lines, and no secret is among them', async () => {
  const { code, stdout, stderr } = await run('migrate', '--config', 'bad.yaml');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.trim().split('\n')).toHaveLength(5);
  for (const where of ['project_a.url', 'project_a.colour', 'NOT_SET', 'project_x', 'schedules.sync'])
    expect(stderr).toContain(where);
  expect(stderr).not.toContain('hunter2');
});

test('Temporal out of reach ends with 3', async () => {
  const { code, stdout, stderr } = await run('schedules', 'apply', '--config', 'good.yaml');
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(
    new RegExp(`^Temporal at ${nowhere} is out of reach \\(connect ECONNREFUSED ${nowhere}\\); .*\n$`),
  );
});

test('the warehouse out of reach ends with 3, and no secret is said', async () => {
  const { code, stdout, stderr } = await run('migrate', '--config', 'good.yaml');
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^The warehouse: .*ECONNREFUSED.*\n$/);
  expect(stderr).not.toContain('hunter2');
});

test.each([
  [2, ['statsu']],
  [2, ['status', '--config', 'bad.yaml']],
  [3, ['migrate', '--config', 'good.yaml']],
])('with --json an end with %i is one document too', async (expected, args) => {
  const { code, stdout, stderr } = await run('--json', ...args);
  expect(code).toBe(expected);
  const { error } = JSON.parse(stdout) as { error: string };
  expect(error).toEqual(expect.any(String));
  // On stderr, a line of the log, with the keys that a worker's has.
  expect(stderr).toMatch(/^\{"time":"\d{4}-[^"]*Z","level":"ERROR","message":"/);
  expect(
    stderr
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message),
  ).toEqual([error]);
});
