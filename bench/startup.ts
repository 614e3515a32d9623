import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../activities/package-root.ts';
import { findRunningUp } from '../client/context/running-up.ts';
import { renderTable } from '../client/terminal/table.ts';
import type { Spread } from './measured.ts';
import { spreadOf } from './measured.ts';

type CommandLine = readonly [string, ...string[]];

const runs = 15;
const launcher = join(packageRoot, 'tidehouse');
const nothing: CommandLine = [process.execPath, '-e', '0'];

/** Measures how long commands take from their start to their end, side by side with an empty Node; see README.md. */
function main(): void {
  const status: readonly CommandLine[] = findRunningUp(packageRoot)
    ? [
        [launcher, 'status'],
        ['npx', 'tidehouse', 'status'],
      ]
    : [];
  if (status.length === 0)
    process.stderr.write('status is not measured: it needs a running "npm start" of this checkout.\n');
  const measured = measure([
    nothing,
    [launcher, '--version'],
    [launcher, '--help'],
    [launcher, 'schema'],
    ['npx', 'tidehouse', '--version'],
    ...status,
  ]);
  const { median, min } = measured[0]!.spread;
  const rows = measured.map(({ command, spread }) => [
    command,
    `${spread.median.toFixed(0)} (${spread.min.toFixed(0)} to ${spread.max.toFixed(0)})`,
    (spread.median / median).toFixed(1),
    (spread.min / min).toFixed(1),
  ]);
  const headings = ['command', 'ms', 'ratio of the medians', 'ratio of the fastest'];
  process.stdout.write(`${renderTable(headings, rows)}\n\n${JSON.stringify(measured)}\n`);
}

/** Runs the commands in turn, so all of them share what else the machine does. Round 0 fills the caches of files and of V8. */
function measure(commands: readonly CommandLine[]): { command: string; spread: Spread }[] {
  const times = commands.map((): number[] => []);
  for (let round = 0; round <= runs; round++)
    for (const [at, command] of commands.entries()) {
      const ms = timed(command);
      if (round > 0) times[at]!.push(ms);
    }
  return commands.map(([program, ...args], at) => ({
    command: [program.split('/').at(-1), ...args].join(' '),
    spread: spreadOf(times[at]!),
  }));
}

function timed([program, ...args]: CommandLine): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, { cwd: packageRoot, encoding: 'utf8' });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${status}: ${stderr}`);
  return ms;
}

main();
