import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import type { Timeouts } from '../../activities/postgres/timeouts.ts';
import type { TableConfig } from '../../model/table-config.ts';
import { built } from './built.ts';
import type { Star } from './star.ts';
import type { ActivityOrder } from './activity-process.ts';

/** The outcome of an activity in a separate process. */
export type ActivityEnd = { readonly result: unknown } | { readonly error: string };

/** An activity in a separate process, which can be frozen like a suspended machine or a paused container. */
export interface ActivityProcess {
  /** Resolves when its files are written. */
  readonly staged: Promise<void>;
  readonly ended: Promise<ActivityEnd>;
  freeze(): void;
  thaw(): void;
  /** Kills it, frozen or not, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts an activity of `star` on `input` in a separate process, from the compiled code. */
export function startActivity(
  star: Star,
  tables: Record<string, TableConfig>,
  activity: ActivityOrder['activity'],
  input: unknown,
  options: { timeouts?: Partial<Timeouts>; pauseWhenStaged?: boolean } = {},
): ActivityProcess {
  const child = spawn(process.execPath, [built('activity-process.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const order: ActivityOrder = {
    activity,
    input,
    sources: star.hosts,
    warehouse: star.warehouseUrl,
    staging: star.staging,
    tables,
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    pauseWhenStaged: options.pauseWhenStaged ?? false,
  };
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(order)}\n`);

  let onStaged: () => void;
  let onEnded: (end: ActivityEnd) => void;
  const staged = new Promise<void>((resolve) => (onStaged = resolve));
  const ended = new Promise<ActivityEnd>((resolve) => (onEnded = resolve));
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'staged') onStaged();
    else onEnded(JSON.parse(line) as ActivityEnd);
  });
  child.once('close', () => onEnded({ error: 'its process is gone' }));
  return {
    staged,
    ended,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
