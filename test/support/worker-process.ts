import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Queue } from '../../model/names.ts';
import { built } from './built.ts';

/** `tidehouse worker` in a separate process. */
export interface WorkerProcess {
  readonly pid: number;
  /** The last 10,000 characters that it has written to stderr. */
  stderr(): string;
  /** Sends SIGTERM, and returns the exit code. */
  stop(): Promise<number | null>;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Sends SIGKILL, like an out-of-memory killer, and waits until it is gone. Throws when it had already ended on its own. */
  kill(): Promise<void>;
}

/** Starts a worker with the config file `config`, for the Temporal server in the TOML file `temporal`. */
export function startWorkerProcess(options: {
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
      ...['--config', options.config, 'worker', '--log-level', options.logLevel ?? 'error'],
      ...(options.queues ?? []).flatMap((queue) => ['--queue', queue]),
    ],
    {
      env: { ...process.env, TEMPORAL_CONFIG_FILE: options.temporal, ...options.env },
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  );
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-10_000)));
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    pid: child.pid!,
    stderr: () => output,
    ended,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
    async kill() {
      const ended = child.exitCode;
      child.kill('SIGKILL');
      await exited;
      if (ended !== null) throw new Error(`The worker ended on its own with ${ended}: ${output}`);
    },
  };
}
