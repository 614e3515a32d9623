import type { WorkerOptions } from '@temporalio/worker';

/**
 * The settings of a worker that runs workflows. An activity holds one connection at a time, to its source or to the
 * warehouse: so the number of activities at once bounds the connections of a process too.
 */
export const workerSettings = {
  maxConcurrentActivityTaskExecutions: 16,
  maxConcurrentWorkflowTaskExecutions: 16,
  // Temporal waits ten seconds for a heartbeat; by default the SDK would send one only every eight.
  maxHeartbeatThrottleInterval: '2 seconds',
  shutdownGraceTime: '30 seconds',
  shutdownForceTime: '40 seconds',
} as const satisfies Partial<WorkerOptions>;
