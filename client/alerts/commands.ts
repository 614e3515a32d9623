import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { parseDuration } from '../../model/duration.ts';
import type {
  IncidentInput,
  IncidentMemo,
  IncidentState,
  MessageKind,
  Mute,
  Notification,
  Resolution,
} from '../../model/incident.ts';
import {
  incidentId,
  incidentQuery,
  muteId,
  muteSignal,
  resolvedSignal,
  testPrefix,
  unmuteSignal,
} from '../../model/incident.ts';
import { problemSentence } from '../../model/incident-words-en.ts';
import { taskQueue, workflowTypes } from '../../model/names.ts';
import { readMutes } from '../../activities/alerts/open-incidents.ts';
import type { incident, mute } from '../../workflows/index.ts';
import type { TemporalContext } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { renderIncidents, renderMutes } from '../status/incident-report.ts';
import { readIncidents } from '../status/incidents.ts';
import { summaryOf } from '../../model/summary.ts';
import { formatTime } from '../../model/time.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import { runOf } from '../run/start.ts';
import { watchWorkers } from '../run/watch-workers.ts';
import { renderTable } from '../terminal/table.ts';
import { checkSubject } from './check-subject.ts';

/** `alerts list`: the open incidents, and the subjects that are muted for a time. */
export async function listAlerts({ found, printer }: TemporalContext): Promise<void> {
  const [incidents, mutes] = await withTemporal(temporalFor(found), async (client) =>
    Promise.all([readIncidents(client), readMutes(client).then((read) => Object.fromEntries(read))]),
  );
  const text = [renderIncidents(incidents) || 'No incident is open.', renderMutes(mutes)];
  printer.result({ incidents, mutes }, text.filter(Boolean).join('\n\n'));
}

/**
 * `alerts mute`: an open incident sends no messages for a while; its resolution is announced without a sound. With
 * `window`, so does every incident of the subject that opens within that time.
 */
export async function muteAlert(
  { found, printer, config }: TemporalContext,
  subject: string,
  time: string,
  window: boolean,
): Promise<void> {
  const forMs = parseDuration(time);
  if (forMs === undefined)
    throw new CommandFailure(
      exitCodes.invalid,
      `"${time}" is not a duration of at most ten years; use for example 30m, 2h or 1d.`,
    );
  const until = new Date(Date.now() + forMs).toISOString();
  const id = subject.replace(/^incident\//, '');
  if (window) checkSubject(id, config);
  await withTemporal(temporalFor(found), async (client) => {
    if (window) await startMute(client, id, { until });
    const isOpen = await signal(client, id, muteSignal, { until } satisfies Mute);
    if (!isOpen && !window)
      throw new CommandFailure(
        exitCodes.failed,
        `No incident is open for "${id}"; ${await openIncidents(client)}. To mute it before one opens, add --window.`,
      );
  });
  const extent = window ? 'whatever happens to it' : 'or until this incident is resolved';
  printer.result({ id, mutedUntil: until }, `${id} is muted until ${formatTime(until)}, ${extent}.`);
}

async function startMute(client: Client, subject: string, input: Mute): Promise<void> {
  await client.workflow.start<typeof mute>(workflowTypes.mute, {
    taskQueue,
    workflowId: muteId(subject),
    args: [input],
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    staticSummary: summaryOf(`${subject} is muted until ${formatTime(input.until)}`),
    memo: { ...input },
  });
}

/** `alerts unmute`: takes back what `alerts mute` has set for a subject. */
export async function unmuteAlert({ found, printer }: TemporalContext, subject: string): Promise<void> {
  const id = subject.replace(/^incident\//, '');
  await withTemporal(temporalFor(found), async (client) => {
    const isOpen = await signal(client, id, unmuteSignal);
    const wasMuted = await unlessMissing(client.workflow.getHandle(muteId(id)).cancel());
    if (!isOpen && !wasMuted)
      throw new CommandFailure(
        exitCodes.failed,
        `"${id}" is not muted, and has no open incident; ${await openIncidents(client)}.`,
      );
  });
  printer.result({ id, mutedUntil: null }, `${id} is not muted any longer.`);
}

async function openIncidents(client: Client): Promise<string> {
  const open = (await readIncidents(client)).map(({ id }) => id);
  return open.length > 0 ? `open incidents: ${open.join(', ')}` : 'no other is open either';
}

/** Whether the subject has an open incident, which has then received the signal. */
function signal(client: Client, subject: string, name: string, ...args: unknown[]): Promise<boolean> {
  return unlessMissing(client.workflow.getHandle(incidentId(subject)).signal(name, ...args));
}

/** False when the workflow does not run. */
async function unlessMissing(request: Promise<unknown>): Promise<boolean> {
  return request.then(
    () => true,
    (error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    },
  );
}

/** A chat that has not accepted its messages within this time counts as unreachable. */
const waitMs = 60_000;

/** `alerts test`: sends one message of each kind to each chat, in the same way as for a real incident. */
export async function testAlerts({ found, printer }: TemporalContext): Promise<void> {
  const subject = `${testPrefix}${randomBytes(3).toString('hex')}`;
  await withTemporal(temporalFor(found), async (client) => {
    const handle = await start(client, subject);
    printer.log('Sending each chat a first message, a reminder and a resolved message …');
    const over = new AbortController();
    void watchWorkers(client, runOf(handle), printer.log, over.signal);
    const reminded = await untilReminded(handle).finally(() => over.abort());
    await handle.signal<[Resolution]>(resolvedSignal, { at: new Date().toISOString() });
    // The workflow ends when the last chat has been notified.
    const late = new AbortController();
    const ended = await Promise.race([
      handle.result(),
      pause(waitMs, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    if (!ended) await handle.terminate('the test is over').catch(() => undefined);
    const state = ended ?? reminded;
    const { notifications = [], undelivered = {} } = state ?? {};
    printer.result(
      { notifications, undelivered },
      notifications.length === 0 ? 'No message was sent.' : notificationTable(notifications),
    );
    const reasons = Object.values(undelivered);
    if (reasons.length > 0) throw new CommandFailure(exitCodes.failed, reasons.join('\n'));
    if (!state || !hasAll(state, 'resolved'))
      throw new CommandFailure(
        exitCodes.failed,
        'The messages were not delivered within a minute. Check that a worker is running and that its machine can reach the chat; the Web UI shows the last failure of "notify".',
      );
  });
}

function notificationTable(notifications: readonly Notification[]): string {
  return renderTable(
    ['sent at', 'message', 'chat'],
    notifications.map(({ at, message, chat }) => [formatTime(at), message, chat]),
  );
}

type Handle = WorkflowHandleWithFirstExecutionRunId<typeof incident>;

function start(client: Client, subject: string): Promise<Handle> {
  const input: IncidentInput = {
    problem: {
      subject,
      kind: 'test',
      since: new Date().toISOString(),
    },
    related: [],
    moreRelated: 0,
    silent: false,
    remindAfterMinutes: 1 / 60,
  };
  return client.workflow.start<typeof incident>(workflowTypes.incident, {
    taskQueue,
    workflowId: incidentId(subject),
    args: [input],
    // If this command is interrupted, nobody resolves it.
    workflowExecutionTimeout: '10 minutes',
    staticSummary: 'test of the chats',
    memo: { problem: problemSentence(input.problem), since: input.problem.since } satisfies IncidentMemo,
  });
}

/** Polls the incident until each chat has been reminded or one refuses. Returns the last state, also after a timeout. */
async function untilReminded(handle: Handle): Promise<IncidentState | undefined> {
  const end = performance.now() + waitMs;
  for (;;) {
    const state = await handle.query<IncidentState>(incidentQuery).catch(() => undefined);
    if ((state && (hasAll(state, 'reminder') || isRefused(state))) || performance.now() > end) return state;
    await pause(300);
  }
}

/** Whether each chat has accepted this message. */
function hasAll({ chats, notifications }: IncidentState, message: MessageKind): boolean {
  return (
    chats.length > 0 &&
    chats.every((chat) => notifications.some((each) => each.chat === chat && each.message === message))
  );
}

function isRefused({ undelivered }: IncidentState): boolean {
  return Object.keys(undelivered).length > 0;
}
