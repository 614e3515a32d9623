import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createInterface } from 'node:readline';
import { createActivities } from '../../activities/index.ts';
import type { Timeouts } from '../../activities/postgres/timeouts.ts';
import type { TableConfig } from '../../model/table-config.ts';
import { testConfig } from './config.ts';

/** The input of an activity in a separate process, as one line of JSON on its stdin. */
export interface ActivityOrder {
  readonly activity: 'extract' | 'loadRaw' | 'upsert' | 'refreshViews';
  readonly input: unknown;
  readonly sources: Record<string, string>;
  readonly warehouse: string;
  readonly staging: string;
  readonly tables: Record<string, TableConfig>;
  readonly timeouts: Timeouts;
  /** An extract prints `staged` when its files are written, and stops there. */
  readonly pauseWhenStaged: boolean;
}

/** Runs the activity and prints its outcome as one line of JSON: `{ result }` or `{ error }`. */
async function main(): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const order = JSON.parse(line) as ActivityOrder;
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
    const activity = activities[order.activity] as (input: unknown) => Promise<unknown>;
    void new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') })
      .run(activity, order.input)
      .then(
        (result) => process.stdout.write(`${JSON.stringify({ result: result ?? null })}\n`),
        (error: unknown) => process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`),
      );
  }
  // The parent process has ended, or does not need this one any longer.
  process.kill(process.pid, 'SIGKILL');
}

void main();
