import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { poll } from './poll.ts';
import { killWithChildren } from './running-process.ts';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that runs as our child. It does not keep this process from exiting. */
export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** How it ended; `undefined` while it runs. */
  exit(): Exit | undefined;
  /** What it has written to its log since it was started. */
  said(): string;
  /** Asks it to end, kills it after `graceMs`, and waits for the exit. */
  end(graceMs: number): Promise<void>;
  /** Kills it and its children at once, and waits for the exit. */
  crash(): Promise<void>;
}

/**
 * Starts a server: a program and its arguments, whose output goes to the end of the file `log`. The signal `endBy` asks
 * it to end, also when this process exits without having done so.
 */
export async function spawnServer(
  command: readonly string[],
  log: string,
  endBy: NodeJS.Signals,
): Promise<ServerProcess> {
  await mkdir(dirname(log), { recursive: true });
  const file = openSync(log, 'a', 0o600);
  const start = fstatSync(file).size;
  // Detached: Ctrl-C in the terminal reaches us only, so that what uses the server can end before it.
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    detached: true,
    stdio: ['ignore', file, file],
    env: { ...process.env, LC_ALL: 'C' },
  });
  closeSync(file);
  const askToEnd = () => child.kill(endBy);
  process.once('exit', askToEnd);
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      process.off('exit', askToEnd);
      resolve(exit);
    });
  });
  await once(child, 'spawn');
  child.unref();
  const pid = child.pid!;

  const waitFor = async (forMs: number) => {
    child.ref();
    return poll(() => exit, forMs);
  };
  return {
    pid,
    exited,
    exit: () => exit,
    said: () => readFileSync(log).subarray(start).toString(),
    async end(graceMs) {
      if (exit) return;
      askToEnd();
      if (await waitFor(graceMs)) return;
      killWithChildren(pid);
      await exited;
    },
    async crash() {
      if (exit) return;
      child.ref();
      killWithChildren(pid);
      await exited;
    },
  };
}
