import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageRoot } from '../../activities/package-root.ts';

/** The launcher, which runs what `npm run build` has made of the command. */
export const launcher = join(packageRoot, 'tidehouse');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing listens on this address, so every connection is refused. */
export const nowhere = '127.0.0.1:1';

/** The text of a config whose servers do not exist, for commands that need Temporal only. */
export const configOfNowhere = `sources: { project_a: { url: postgres://reader@${nowhere}/shop } }
warehouse: { url: postgres://writer@${nowhere}/analytics }
staging: ./staging
tables: { events: {} }
`;

/** Runs the `tidehouse` of its PATH with `args` in `folder`. Of the environment it has only PATH and `env`. */
export function tidehouse(
  args: readonly string[],
  { folder, env = {} }: { folder: string; env?: Readonly<Record<string, string | undefined>> },
): Promise<Ended> {
  return runProgram(process.execPath, [launcher, ...args], folder, {
    PATH: `${packageRoot}:${process.env.PATH}`,
    TEMPORAL_ADDRESS: nowhere,
    ...env,
  });
}

/** Runs a program in `folder`, which is its home too. Of the environment it has only PATH and `env`. */
export async function runProgram(
  program: string,
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}
