import type { Client, ScheduleDescription, ScheduleUpdateOptions } from '@temporalio/client';
import { ScheduleClient } from '@temporalio/client';

/**
 * Updates the schedule that `seen` describes to `options`, unless it has changed since: then the server drops the update.
 * It does not tell so, which only a look at the schedule afterwards does. The SDK's own update overwrites.
 */
export async function updateUnlessChanged(
  client: Client,
  seen: ScheduleDescription,
  options: ScheduleUpdateOptions,
): Promise<void> {
  const { workflowService } = client;
  type Update = typeof workflowService.updateSchedule;
  type Request = Parameters<Update>[0];
  const conflictToken = seen.raw.conflictToken ?? null;
  // The SDK encodes the update and leaves the token out; it is put in on the way.
  const guarded = Object.create(workflowService, {
    updateSchedule: {
      value: (request: Request) => workflowService.updateSchedule({ ...request, conflictToken }),
    },
  }) as typeof workflowService;
  const connection = Object.create(client.connection, {
    workflowService: { value: guarded },
  }) as typeof client.connection;
  const { namespace, identity } = client.options;
  const schedules = new ScheduleClient({ connection, namespace, identity });
  await schedules.getHandle(seen.scheduleId).update(() => options);
}
