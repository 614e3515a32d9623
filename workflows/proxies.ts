import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

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
export const { listSources } = proxyActivities<Activities>({ startToCloseTimeout: '10 seconds', retry });

/** What is nice to have said, and never worth failing for. */
export const { recordFailure } = proxyActivities<Activities>({
  startToCloseTimeout: '15 seconds',
  retry: { ...retry, maximumAttempts: 2 },
});
