import { proxyActivities } from '@temporalio/workflow';
import type { ActivityFunctionWithOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { Batch } from '../model/batch.ts';
import { oneLine } from '../model/summary.ts';
import { filesQueue } from '../model/run.ts';

/**
 * The activities as workflows call them. Every timeout and every retry is here, so that this file answers "how long
 * until we give up?": a step that fails at once is given up within a minute, one that waits for locks within five.
 * Each call carries the line by which the Web UI tells it from the others of its kind.
 */
const retry = {
  initialInterval: '1 second',
  backoffCoefficient: 5,
  maximumInterval: '25 seconds',
  maximumAttempts: 4,
};

/** Steps that move rows: as long as they must take, but their worker has to be heard of. */
const moving = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry,
});

export const extract = summarized(moving.extract, ({ source, keysOf }) =>
  keysOf.length === 0 ? source : `${source}, with all keys of ${keysOf.join(', ')}`,
);
export const loadRaw = summarized(moving.loadRaw, contents);
export const upsert = summarized(moving.upsert, contents);
export const refreshViews = summarized(moving.refreshViews, ({ source }) => `${source}: its sessions`);

function contents({ source, idle, tables, rows }: Batch): string {
  if (idle) return `${source}: nothing changed`;
  return `${source}: ${tables} ${tables === 1 ? 'table' : 'tables'}, ${rows.toLocaleString('en-US')} rows`;
}

/** Steps that look something up. */
const looking = proxyActivities<Activities>({ startToCloseTimeout: '10 seconds', retry });

export const listSources = summarized(looking.listSources, (asked) => asked?.join(', ') ?? 'all sources');
export const listPlaces = summarized(looking.listPlaces, (asked) => asked?.join(', ') ?? 'all places');

/** What is nice to have said, and never worth failing for. */
const noting = proxyActivities<Activities>({
  startToCloseTimeout: '15 seconds',
  retry: { ...retry, maximumAttempts: 2 },
});

export const recordFailure = summarized(noting.recordFailure, ({ error }) => error);

/** A service on the web may be away for a while: asked again for half an hour, so that the hour is not lost for it. */
const watching = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '30 minutes',
  retry: {
    initialInterval: '10 seconds',
    backoffCoefficient: 2,
    maximumInterval: '5 minutes',
    maximumAttempts: 10,
  },
});

export const observe = summarized(watching.observe, ({ place }) => place);

/** Steps that touch the weather folder, on the queue of the workers that mount it. */
const writing = proxyActivities<Activities>({
  taskQueue: filesQueue,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '30 minutes',
  retry: { ...retry, maximumAttempts: 8 },
});

export const writeWeather = summarized(
  writing.writeWeather,
  ({ place, measure, observation }) => `${place}: ${measure} of ${observation.time}`,
);

const filling = proxyActivities<Activities>({
  taskQueue: filesQueue,
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '70 minutes',
  heartbeatTimeout: '10 seconds',
  retry,
});

export const fillHours = summarized(filling.fillHours, ({ place, hours }) =>
  hours ? `${place}: ${hours.from} to ${hours.to}` : `${place}: what its files lack`,
);

/** A look-around is made anew each minute: one that hangs is given up by then. */
export const { lookAround } = proxyActivities<Activities>({
  startToCloseTimeout: '50 seconds',
  heartbeatTimeout: '10 seconds',
  scheduleToCloseTimeout: '2 minutes',
  retry,
});

export const { ping } = proxyActivities<Activities>({
  startToCloseTimeout: '20 seconds',
  retry: { ...retry, maximumAttempts: 2 },
});

export const { listChats } = proxyActivities<Activities>({ startToCloseTimeout: '10 seconds' });

/** A chat may be away for hours: a message waits for it without end, and each after it in its turn. */
const telling = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

export const tell = summarized(telling.tell, ({ chat, kind, finding, others }) => {
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return `${kind} to ${chat}: ${finding.thing}${more}`;
});

function summarized<Input, Output>(
  step: ActivityFunctionWithOptions<(input: Input) => Promise<Output>>,
  summary: (input: Input) => string,
) {
  return (input: Input): Promise<Output> =>
    step.executeWithOptions({ summary: oneLine(summary(input)) }, [input]);
}
