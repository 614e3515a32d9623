import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { built } from './built.ts';

/** `tidehouse worker` in a process of its own. */
export interface WorkerProcess {
  /** Kills it as an out-of-memory killer does, and waits until it is gone. Throws when it had ended by itself. */
  kill(): Promise<void>;
}

/** Starts one by the config, which is a file, for the Temporal server that the file `temporal` (TOML) names. */
export function startWorkerProcess(given: { config: string; temporal: string }): WorkerProcess {
  const child = spawn(
    process.execPath,
    [built('command-process.ts'), '--config', given.config, 'worker', '--log-level', 'error'],
    {
      env: { ...process.env, TEMPORAL_CONFIG_FILE: given.temporal },
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-10_000)));
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  return {
    async kill() {
      const ended = child.exitCode;
      child.kill('SIGKILL');
      await exited;
      if (ended !== null) throw new Error(`The worker ended by itself with ${ended}: ${said}`);
    },
  };
}
