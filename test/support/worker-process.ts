import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Queue } from '../../model/names.ts';
import { built } from './built.ts';

/** `tidehouse worker` in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** The last 10,000 characters that it has written to stderr. */
  said(): string;
  /** Sends SIGTERM, and gives the exit code. */
  stop(): Promise<number | null>;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Sends SIGKILL, as an out-of-memory killer does, and waits until it is gone. Throws when it had ended by itself. */
  kill(): Promise<void>;
}

/** Starts a worker with the config file `config`, for the Temporal server that the TOML file `temporal` names. */
export function startWorkerProcess(given: {
  config: string;
  temporal: string;
  logLevel?: string;
  /** The task queues to serve; all when absent. */
  queues?: readonly Queue[];
  env?: Readonly<Record<string, string>>;
}): WorkerProcess {
  const child = spawn(
    process.execPath,
    [
      built('command-process.ts'),
      ...['--config', given.config, 'worker', '--log-level', given.logLevel ?? 'error'],
      ...(given.queues ?? []).flatMap((queue) => ['--queue', queue]),
    ],
    {
      env: { ...process.env, TEMPORAL_CONFIG_FILE: given.temporal, ...given.env },
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-10_000)));
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    pid: child.pid!,
    said: () => said,
    ended,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
    async kill() {
      const ended = child.exitCode;
      child.kill('SIGKILL');
      await exited;
      if (ended !== null) throw new Error(`The worker ended by itself with ${ended}: ${said}`);
    },
  };
}
