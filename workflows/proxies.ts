import { proxyActivities } from '@temporalio/workflow';
import type { ActivityFunctionWithOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { Batch } from '../model/batch.ts';
import { formatCount } from '../model/number.ts';
import { summaryOf } from '../model/summary.ts';
import { filesQueue } from '../model/names.ts';

// The activities as workflows call them, each with its timeout and its retries, and a summary that distinguishes it in the Web
// UI from others of its type.

/** An activity that fails at once is given up within a minute, and one that waits for locks within five. */
const retry = {
  initialInterval: '1 second',
  backoffCoefficient: 5,
  maximumInterval: '25 seconds',
  maximumAttempts: 4,
};

/** Activities that move rows may take long, but their worker has to send heartbeats. */
const movingRows = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry,
});

export const extract = summarized(movingRows.extract, ({ source, keysOf, allKeysOf = [] }) => {
  const differing = keysOf.filter((table) => !allKeysOf.includes(table));
  const keys = differing.length > 0 ? [`with keys of ${differing.join(', ')}`] : [];
  const all = allKeysOf.length > 0 ? [`with all keys of ${allKeysOf.join(', ')}`] : [];
  return [source, ...keys, ...all].join(', ');
});
export const firstLoad = summarized(
  movingRows.firstLoad,
  ({ source }) => `${source}: its new tables, straight into clean`,
);
export const loadRaw = summarized(movingRows.loadRaw, contents);
export const upsert = summarized(movingRows.upsert, contents);
export const refreshViews = summarized(movingRows.refreshViews, ({ source }) => `${source}: its sessions`);

export const auditSource = summarized(movingRows.auditSource, ({ source, tables }) =>
  tables.length === 0 ? `${source}: all tables` : `${source}: ${tables.join(', ')}`,
);

function contents({ source, tableCount, rowCount }: Batch): string {
  return `${source}: ${formatCount(tableCount, 'table')}, ${formatCount(rowCount, 'row')}`;
}

/** An audit is due once a day, so what to compare is asked for again while the warehouse is away. */
export const { listAudits } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { ...retry, maximumInterval: '10 minutes', maximumAttempts: 10 },
});

/** Activities that only read the config. */
const readingConfig = proxyActivities<Activities>({ startToCloseTimeout: '10 seconds', retry });

export const listSources = summarized(
  readingConfig.listSources,
  (names) => names?.join(', ') ?? 'all sources',
);
export const listPlaces = summarized(readingConfig.listPlaces, (names) => names?.join(', ') ?? 'all places');

/** Recording a failure is useful, but its own failure never fails a run. */
const recording = proxyActivities<Activities>({
  startToCloseTimeout: '15 seconds',
  retry: { ...retry, maximumAttempts: 2 },
});

export const recordFailure = summarized(recording.recordFailure, ({ error }) => error);

/** A web service may be unavailable for a while: half an hour of retries saves the hour's observation. */
const observing = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '30 minutes',
  retry: {
    initialInterval: '10 seconds',
    backoffCoefficient: 2,
    maximumInterval: '5 minutes',
    maximumAttempts: 10,
  },
});

export const observe = summarized(observing.observe, ({ place }) => place);

/** Activities that touch the weather folder, on the queue of the workers that mount it. */
const writingFiles = proxyActivities<Activities>({
  taskQueue: filesQueue,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '30 minutes',
  retry: { ...retry, maximumAttempts: 8 },
});

export const writeWeather = summarized(
  writingFiles.writeWeather,
  ({ place, measure, observation }) => `${place}: ${measure} of ${observation.time}`,
);

const fillingHours = proxyActivities<Activities>({
  taskQueue: filesQueue,
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '70 minutes',
  heartbeatTimeout: '10 seconds',
  retry,
});

export const fillHours = summarized(fillingHours.fillHours, ({ place, hours }) =>
  hours ? `${place}: ${hours.from} to ${hours.to}` : `${place}: the hours that its files lack`,
);

/** A health check runs every minute, so one that hangs is given up within that time. */
export const { checkHealth } = proxyActivities<Activities>({
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

/** A chat may be unavailable for hours: a message is retried without limit, and later messages wait behind it. */
const notifying = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

export const notify = summarized(notifying.notify, ({ chat, kind, problem, related }) => {
  const more = related.length > 0 ? ` and ${related.length} more` : '';
  return `${kind}, to ${chat}: ${problem.subject}${more}`;
});

function summarized<Input, Output>(
  activity: ActivityFunctionWithOptions<(input: Input) => Promise<Output>>,
  summary: (input: Input) => string,
) {
  return (input: Input): Promise<Output> =>
    activity.executeWithOptions({ summary: summaryOf(summary(input)) }, [input]);
}
