import type { Client } from '@temporalio/client';
import { workersOf } from '../../activities/alerts/checks/queues.ts';
import type { Config } from '../../model/config.ts';
import { filesQueue, taskQueue } from '../../model/names.ts';
import type { Queue } from '../../model/names.ts';
import type { FoundConfig } from '../context/find-config.ts';
import type { PlannedSchedule } from '../schedules/plan.ts';
import { planSchedules } from '../schedules/plan.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import type { Check } from './check.ts';
import { checking, failed, ok, warning } from './check.ts';

/**
 * Temporal: whether it is there, whether workers take the work of each queue, and how the schedules stand. Without a
 * config, what needs none of that.
 */
export async function checkTemporal(found: FoundConfig, config: Config | undefined): Promise<Check[]> {
  return checking('Temporal', ['Temporal'], async () => {
    const where = temporalFor(found);
    return withTemporal(where, async (client) => {
      const { namespace } = client.options;
      await client.workflowService.describeNamespace({ namespace });
      const planned = config ? await planSchedules(client, config) : [];
      return [
        ok('Temporal', `namespace "${namespace}" at ${where.address}`),
        ...(await checkQueues(client, config)),
        ...planned.map(checkSchedule),
      ];
    });
  });
}

async function checkQueues(client: Client, config: Config | undefined): Promise<Check[]> {
  const queues: { readonly queue: Queue; readonly needed: boolean }[] = [{ queue: taskQueue, needed: true }];
  if (config) queues.push({ queue: filesQueue, needed: (config.weather?.places.length ?? 0) > 0 });
  const checks: Check[] = [];
  for (const { queue, needed } of queues) {
    const what = `Temporal, queue ${queue}`;
    const workers = await workersOf(client, queue, 'activity');
    if (workers > 0) checks.push(ok(what, workers === 1 ? 'one worker' : `${workers} workers`));
    else if (needed)
      checks.push(failed(what, `no worker; start one with: tidehouse worker --queue ${queue}`));
    else checks.push(ok(what, 'no worker, and no place whose weather would need one'));
  }
  return checks;
}

function checkSchedule({ id, plan, paused, note, differences }: PlannedSchedule): Check {
  const what = `Temporal, schedule ${id}`;
  if (plan === 'create') return failed(what, 'it is missing; make it with: tidehouse schedules apply');
  if (plan === 'unwanted')
    return warning(what, `it is not in the config; remove it with: temporal schedule delete -s ${id}`);
  if (plan === 'update')
    return warning(
      what,
      `its ${differences.map((each) => each.what).join(', ')} differ from the config; see: tidehouse schedules plan`,
    );
  if (paused)
    return warning(
      what,
      `it is paused${note ? ` (${note})` : ''}; go on with: tidehouse schedules resume ${id}`,
    );
  return ok(what, 'as in the config');
}
