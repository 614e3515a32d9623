import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createInterface } from 'node:readline';
import { createActivities } from '../../activities/index.ts';
import type { Timeouts } from '../../activities/postgres/timeouts.ts';
import type { TableConfig } from '../../model/config-schema.ts';
import { testConfig } from './config.ts';

/** What a step in a process of its own is told, as one line of JSON on its stdin. */
export interface StepOrder {
  readonly step: 'extract' | 'loadRaw' | 'upsert' | 'refreshViews';
  readonly input: unknown;
  readonly sources: Record<string, string>;
  readonly warehouse: string;
  readonly staging: string;
  readonly tables: Record<string, TableConfig>;
  readonly timeouts: Timeouts;
  /** An extract says `staged` when its files are written, and goes no farther. */
  readonly pauseWhenStaged: boolean;
}

/** Runs the step and says how it ended, as one line of JSON: `{ answer }` or `{ error }`. */
async function main(): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const order = JSON.parse(line) as StepOrder;
    const activities = createActivities({
      config: testConfig(order),
      timeouts: order.timeouts,
      ...(order.pauseWhenStaged && {
        onStaged: () => {
          process.stdout.write('staged\n');
          return new Promise<void>(() => undefined);
        },
      }),
    });
    const step = activities[order.step] as (input: unknown) => Promise<unknown>;
    void new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(step, order.input).then(
      (answer) => process.stdout.write(`${JSON.stringify({ answer: answer ?? null })}\n`),
      (error: unknown) => process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`),
    );
  }
  // Whoever gave the order is gone, or wants no more.
  process.kill(process.pid, 'SIGKILL');
}

void main();
