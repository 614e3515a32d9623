import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { poll } from './poll.ts';
import { killWithChildren } from './running-process.ts';

/** How a process exited. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that runs as a child process. It does not keep this process from exiting. */
export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** How the server exited; `undefined` while it runs. */
  exit(): Exit | undefined;
  /** The log since its start. */
  output(): string;
  /** Asks the server to exit, kills it after `graceMs`, and waits for its exit. */
  end(graceMs: number): Promise<void>;
  /** Kills the server and its children, and waits for its exit. */
  crash(): Promise<void>;
}

/**
 * Starts a server. `command` is the program and its arguments; its output is appended to the file `log`. The signal
 * `stopSignal` asks it to exit, and is also sent when this process exits first. `env` is added to the environment.
 */
export async function spawnServer(
  command: readonly string[],
  log: string,
  stopSignal: NodeJS.Signals,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  await mkdir(dirname(log), { recursive: true });
  const file = openSync(log, 'a', 0o600);
  const start = fstatSync(file).size;
  // Detached: Ctrl-C in the terminal reaches only this process, so users of the server can end before it.
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    detached: true,
    stdio: ['ignore', file, file],
    env: { ...process.env, ...env, LC_ALL: 'C' },
  });
  closeSync(file);
  const requestExit = () => child.kill(stopSignal);
  process.once('exit', requestExit);
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      process.off('exit', requestExit);
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
    output: () => readFileSync(log).subarray(start).toString(),
    async end(graceMs) {
      if (exit) return;
      requestExit();
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
