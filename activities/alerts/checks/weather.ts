import type { Client } from '@temporalio/client';
import type { Problem } from '../../../model/incident.ts';
import { weatherPlaceId } from '../../../model/names.ts';
import type { PlaceResult } from '../../../model/runs.ts';
import type { CheckContext } from './context.ts';
import { quoted } from './runs.ts';

/** Reports places whose last observation is older than the config allows. A place without any has a failed run instead. */
export async function checkWeather({ client, config, now }: CheckContext): Promise<Problem[]> {
  const names = config.weather?.places.map(({ name }) => name) ?? [];
  const problems = names.map(async (name): Promise<Problem[]> => {
    const last = await lastObserved(client, name);
    if (last === undefined || now - Date.parse(last) <= config.alerts.weatherAfterMs) return [];
    return [{ subject: `place/${name}`, kind: 'no weather', last, since: last }];
  });
  return (await Promise.all(problems)).flat();
}

/** Runs that only fill past hours have no observation; more than a few of them in a row are unlikely. */
const maxRuns = 10;

/** The time of the last observation, from the last completed run that has one. */
async function lastObserved(client: Client, place: string): Promise<string | undefined> {
  const query = `WorkflowId = ${quoted(weatherPlaceId(place))} AND ExecutionStatus = 'Completed'`;
  let seen = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: maxRuns })) {
    const { observed } = (await client.workflow.getHandle(workflowId, runId).result()) as PlaceResult;
    if (observed !== undefined || ++seen >= maxRuns) return observed;
  }
  return undefined;
}
