import type { Client } from '@temporalio/client';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

/** The history of the run `runId`, or of the last run with that workflow id. */
export function historyOf(client: Client, workflowId: string, runId?: string): Promise<History> {
  return client.workflow.getHandle(workflowId, runId).fetchHistory();
}

/** How often a run has scheduled an activity, not counting retries. */
export function scheduled({ events }: History, activity: string): number {
  const names = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
  return names.filter((name) => name === activity).length;
}

/** The number of the last attempt of each ended activity. */
export function attempts({ events }: History): number[] {
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? []);
}

/** All texts in a history, including those in its payloads. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array || Buffer.isBuffer(value)) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textOf).filter(Boolean).join('\n');
}

/** The summary of each activity call for the Web UI, as `activity: summary`. */
export function summaries({ events }: History): string[] {
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) =>
    scheduled
      ? `${scheduled.activityType!.name}: ${JSON.parse(Buffer.from(userMetadata!.summary!.data!).toString('utf8')) as string}`
      : [],
  );
}

/** The Markdown that the Web UI shows for a run under "current details". */
export async function detailsOf(client: Client, workflowId: string, runId?: string): Promise<string> {
  const { currentDetails } = await client.workflow
    .getHandle(workflowId, runId)
    .query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return currentDetails;
}
