import type { Client } from '@temporalio/client';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

/** What happened in a workflow run: of the run `runId`, or of the last one of that id. */
export function historyOf(client: Client, workflowId: string, runId?: string): Promise<History> {
  return client.workflow.getHandle(workflowId, runId).fetchHistory();
}

/** How often a run has scheduled an activity, retries of one not counted. */
export function scheduled({ events }: History, activity: string): number {
  const names = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
  return names.filter((name) => name === activity).length;
}

/** The number of the last attempt at each activity that has ended. */
export function attempts({ events }: History): number[] {
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? []);
}

/** Every text in a history, those in its payloads included. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array || Buffer.isBuffer(value)) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textOf).filter(Boolean).join('\n');
}

/** The line that each call of an activity carries for the Web UI, as `activity: line`. */
export function summaries({ events }: History): string[] {
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) =>
    scheduled
      ? `${scheduled.activityType!.name}: ${JSON.parse(Buffer.from(userMetadata!.summary!.data!).toString('utf8')) as string}`
      : [],
  );
}

/** What the Web UI shows of a run under "current details": Markdown. */
export async function detailsOf(client: Client, workflowId: string, runId?: string): Promise<string> {
  const { currentDetails } = await client.workflow
    .getHandle(workflowId, runId)
    .query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return currentDetails;
}
