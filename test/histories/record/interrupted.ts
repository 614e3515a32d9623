import type { WorkflowHandle } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { eventually } from '../../support/eventually.ts';
import type { Keep } from './recording.ts';

type Waiting = Pick<WorkflowHandle, 'workflowId' | 'fetchHistory' | 'cancel' | 'terminate' | 'result'>;

/**
 * Records runs that do not end on their own: one that is open, the same one cancelled, one terminated and one timed out.
 * `start` starts a run that waits, `release` lets it continue.
 */
export async function recordInterrupted(
  keep: Keep,
  name: string,
  release: () => void,
  start: (n: number, workflowExecutionTimeout: Duration) => Promise<Waiting>,
): Promise<void> {
  const begun = (run: Waiting) =>
    eventually(`${name} waits`, async () => {
      const { events } = await run.fetchHistory();
      return (events ?? []).some(
        (event) =>
          event.timerStartedEventAttributes ??
          event.childWorkflowExecutionStartedEventAttributes ??
          event.startChildWorkflowExecutionFailedEventAttributes ??
          (event.activityTaskScheduledEventAttributes &&
            !/^list/.test(event.activityTaskScheduledEventAttributes.activityType?.name ?? '')),
      );
    });
  const open = await start(1, '1 hour');
  await begun(open);
  await keep(`${name}-running`, open.workflowId);
  await open.cancel();
  await eventually(`${name} was asked to cancel`, async () =>
    ((await open.fetchHistory()).events ?? []).some(
      (event) =>
        event.activityTaskCancelRequestedEventAttributes ?? event.workflowExecutionCanceledEventAttributes,
    ),
  );
  release();
  await open.result().catch(() => undefined);
  await keep(`${name}-cancelled`, open.workflowId);
  const terminated = await start(2, '1 hour');
  await begun(terminated);
  await terminated.terminate('by hand');
  await keep(`${name}-terminated`, terminated.workflowId);
  const late = await start(3, '2 seconds');
  await late.result().catch(() => undefined);
  await keep(`${name}-timed-out`, late.workflowId);
}
