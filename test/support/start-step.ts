import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import type { Timeouts } from '../../activities/postgres/timeouts.ts';
import type { TableConfig } from '../../model/config-schema.ts';
import { built } from './built.ts';
import type { Star } from './star.ts';
import type { StepOrder } from './step-process.ts';

/** How a step in a process of its own ended. */
export type StepEnd = { readonly answer: unknown } | { readonly error: string };

/** A step that runs in a process of its own, which can be frozen as a suspended machine or a stopped container is. */
export interface StepProcess {
  /** Fulfils when it says that its files are written. */
  readonly staged: Promise<void>;
  readonly ended: Promise<StepEnd>;
  freeze(): void;
  thaw(): void;
  /** Kills it, frozen or not, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts the step `step` of `star` on `input` in a process of its own, from what `npm run build` has compiled. */
export function startStep(
  star: Star,
  tables: Record<string, TableConfig>,
  step: StepOrder['step'],
  input: unknown,
  options: { timeouts?: Partial<Timeouts>; pauseWhenStaged?: boolean } = {},
): StepProcess {
  const child = spawn(process.execPath, [built('step-process.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const order: StepOrder = {
    step,
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

  let sayStaged: () => void;
  let sayEnded: (end: StepEnd) => void;
  const staged = new Promise<void>((resolve) => (sayStaged = resolve));
  const ended = new Promise<StepEnd>((resolve) => (sayEnded = resolve));
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'staged') sayStaged();
    else sayEnded(JSON.parse(line) as StepEnd);
  });
  child.once('close', () => sayEnded({ error: 'its process is gone' }));
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
