import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { filesQueue } from '../model/run.ts';

/**
 * The activities as workflows call them. Every timeout and every retry is here, so that this file answers "how long
 * until we give up?": a step that fails at once is given up within a minute, one that waits for locks within five.
 */
const retry = {
  initialInterval: '1 second',
  backoffCoefficient: 5,
  maximumInterval: '25 seconds',
  maximumAttempts: 4,
};

/** Steps that move rows: as long as they must take, but their worker has to be heard of. */
export const { extract, loadRaw, upsert, refreshViews } = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry,
});

/** Steps that look something up. */
export const { listSources, listPlaces } = proxyActivities<Activities>({
  startToCloseTimeout: '10 seconds',
  retry,
});

/** What is nice to have said, and never worth failing for. */
export const { recordFailure } = proxyActivities<Activities>({
  startToCloseTimeout: '15 seconds',
  retry: { ...retry, maximumAttempts: 2 },
});

/** A service on the web may be away for a while: asked again for half an hour, so that the hour is not lost for it. */
export const { observe } = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '30 minutes',
  retry: {
    initialInterval: '10 seconds',
    backoffCoefficient: 2,
    maximumInterval: '5 minutes',
    maximumAttempts: 10,
  },
});

/** Steps that touch the weather folder, on the queue of the workers that mount it. */
export const { writeWeather } = proxyActivities<Activities>({
  taskQueue: filesQueue,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '30 minutes',
  retry: { ...retry, maximumAttempts: 8 },
});

export const { fillHours } = proxyActivities<Activities>({
  taskQueue: filesQueue,
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '70 minutes',
  heartbeatTimeout: '10 seconds',
  retry,
});

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
export const { tell } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
});
