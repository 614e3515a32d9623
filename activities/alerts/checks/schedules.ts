import type { Client, ScheduleDescription } from '@temporalio/client';
import { ScheduleNotFoundError } from '@temporalio/client';
import type { Config } from '../../../model/config.ts';
import type { Problem } from '../../../model/incident.ts';
import { alertsScheduleId, syncScheduleId, weatherScheduleId } from '../../../model/names.ts';

/** So many intervals may pass without a start. */
const mayMiss = 3;

export interface ScheduleProblems {
  readonly problems: readonly Problem[];
  /** Those that somebody has paused and signed for: what they would have brought is nobody's surprise. */
  readonly pausedOnPurpose: readonly string[];
}

/** What is wrong with the schedules that the config asks for: missing, paused by nobody knows whom, or starting nothing. */
export async function scheduleProblems(
  client: Client,
  { schedules, weather }: Config,
  now: number,
): Promise<ScheduleProblems> {
  const wanted = [
    { id: syncScheduleId, everyMs: schedules.sync },
    { id: alertsScheduleId, everyMs: schedules.alerts },
    ...(weather?.places.length ? [{ id: weatherScheduleId, everyMs: schedules.weather }] : []),
  ];
  const problems: Problem[] = [];
  const pausedOnPurpose: string[] = [];
  for (const { id, everyMs } of wanted) {
    const subject = `schedule/${id}`;
    const found = await describe(client, id);
    if (!found) problems.push({ subject, kind: 'missing', since: new Date(now).toISOString() });
    else if (found.state.paused && isSigned(found.state.note)) pausedOnPurpose.push(id);
    else if (found.state.paused)
      problems.push({ subject, kind: 'paused', since: changedAt(found).toISOString() });
    else {
      const last = lastStart(found);
      if (now - last.getTime() > mayMiss * everyMs && found.info.runningActions.length === 0)
        problems.push({
          subject,
          kind: 'idle',
          last: last.toISOString(),
          since: last.toISOString(),
        });
    }
  }
  return { problems, pausedOnPurpose };
}

async function describe(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  return client.schedule
    .getHandle(id)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    });
}

/** A note that says by whom: `by anna, until the migration is through`. */
function isSigned(note: string | undefined): boolean {
  return /\bby\s+\S|@\w/i.test(note ?? '');
}

function changedAt({ info }: ScheduleDescription): Date {
  return info.lastUpdatedAt ?? info.createdAt;
}

/** One that was made, or changed, a moment ago has its first start before it. */
function lastStart(found: ScheduleDescription): Date {
  const last = found.info.recentActions.at(-1)?.takenAt;
  const changed = changedAt(found);
  return last && last > changed ? last : changed;
}
