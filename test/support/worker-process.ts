import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { built } from './built.ts';

/** `tidehouse worker` in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** What it has said on stderr, the last of it. */
  said(): string;
  /** Asks it to stop, and gives its exit code. */
  stop(): Promise<number | null>;
  /** Its exit code once it has ended. */
  readonly ended: Promise<number | null>;
  /** Kills it as an out-of-memory killer does, and waits until it is gone. Throws when it had ended by itself. */
  kill(): Promise<void>;
}

/** Starts one by the config, which is a file, for the Temporal server that the file `temporal` (TOML) names. */
export function startWorkerProcess(given: {
  config: string;
  temporal: string;
  logLevel?: string;
  env?: Readonly<Record<string, string>>;
}): WorkerProcess {
  const child = spawn(
    process.execPath,
    [
      built('command-process.ts'),
      ...['--config', given.config, 'worker', '--log-level', given.logLevel ?? 'error'],
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
