import type { Client } from '@temporalio/client';
import { lastPolls } from '../../activities/alerts/checks/queues.ts';
import type { Config } from '../../model/config.ts';
import { formatDuration } from '../../model/duration.ts';
import { filesQueue, taskQueue } from '../../model/names.ts';
import type { Queue } from '../../model/names.ts';
import { formatCount } from '../../model/number.ts';
import type { FoundConfig } from '../context/find-config.ts';
import type { PlannedSchedule } from '../schedules/plan.ts';
import { deleteCommand, planSchedules } from '../schedules/plan.ts';
import { temporalCli } from '../connect/temporal-cli.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import type { Check } from './check.ts';
import { checking, next, ok, warning } from './check.ts';

/** Checks that Temporal can be reached, that workers poll each task queue, and, with a config, the schedules. */
export async function checkTemporal(found: FoundConfig, config: Config | undefined): Promise<Check[]> {
  return checking('Temporal', async () => {
    const where = temporalFor(found);
    return withTemporal(where, async (client) => {
      const { namespace } = client.options;
      await client.workflowService.describeNamespace({ namespace });
      const planned = config ? await planSchedules(client, config) : [];
      return [
        ok('Temporal', `namespace "${namespace}" at ${where.address}`),
        ...planned.map((each) => checkSchedule(each, temporalCli(found.up, process.cwd()))),
        ...(await checkQueues(client, config)),
      ];
    });
  });
}

async function checkQueues(client: Client, config: Config | undefined): Promise<Check[]> {
  const queues: { readonly queue: Queue; readonly needed: boolean }[] = [{ queue: taskQueue, needed: true }];
  if (config) queues.push({ queue: filesQueue, needed: (config.weather?.places.length ?? 0) > 0 });
  const checks: Check[] = [];
  for (const { queue, needed } of queues) {
    const subject = `Temporal, queue ${queue}`;
    const polls = await lastPolls(client, queue, 'activity');
    if (polls.length > 0) checks.push(ok(subject, describeWorkers(polls)));
    else if (needed)
      checks.push(next(subject, 'no worker', `To start one: tidehouse worker --queue ${queue}`));
    else checks.push(ok(subject, 'no worker; none is needed, because the config has no place'));
  }
  return checks;
}

/** How many workers poll a queue, and when they last did: nothing else shows whether an idle one still lives. */
function describeWorkers(polls: readonly number[]): string {
  const ages = polls.map((polledAt) => (Date.now() - polledAt) / 1_000);
  const [latest, earliest] = [Math.min(...ages), Math.max(...ages)].map((age) => formatDuration(age));
  const seen = latest === earliest ? latest : `between ${latest} and ${earliest}`;
  return `${formatCount(polls.length, 'worker')}, last seen ${seen} ago; an idle worker is seen once a minute`;
}

function checkSchedule({ id, plan, paused, note, differences }: PlannedSchedule, temporal: string): Check {
  const subject = `Temporal, schedule ${id}`;
  if (plan === 'create') return next(subject, 'missing', 'To create it: tidehouse schedules apply');
  if (plan === 'unwanted')
    return warning(subject, 'not in the config', `To delete it: ${deleteCommand(id, temporal)}`);
  if (plan === 'update')
    return warning(
      subject,
      `differs from the config: ${differences.map(({ term }) => term).join(', ')}`,
      'For details: tidehouse schedules plan',
    );
  if (paused)
    return warning(
      subject,
      `paused${note ? `; note: ${note}` : ''}`,
      `To resume it: tidehouse schedules resume ${id}`,
    );
  return ok(subject, 'up to date');
}
