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
import { incidentId, incidentQuery, muteSignal, resolvedSignal, testPrefix } from '../../model/incident.ts';
import { problemSentence } from '../../model/incident-words-en.ts';
import { taskQueue, workflowTypes } from '../../model/names.ts';
import type { incident } from '../../workflows/index.ts';
import type { TemporalContext } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { renderIncidents } from '../status/incident-report.ts';
import { readIncidents } from '../status/incidents.ts';
import { formatTime } from '../../model/time.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import { runOf } from '../run/start.ts';
import { watchWorkers } from '../run/watch-workers.ts';
import { renderTable } from '../terminal/table.ts';

/** `alerts list`: the open incidents. */
export async function listAlerts({ found, printer }: TemporalContext): Promise<void> {
  const incidents = await withTemporal(temporalFor(found), readIncidents);
  printer.result({ incidents }, renderIncidents(incidents) || 'No incident is open.');
}

/** `alerts mute`: an open incident sends no reminders for a while; its resolution is announced without a sound. */
export async function muteAlert(
  { found, printer }: TemporalContext,
  subject: string,
  time: string,
): Promise<void> {
  const forMs = parseDuration(time);
  if (forMs === undefined)
    throw new CommandFailure(
      exitCodes.invalid,
      `"${time}" is not a duration; use for example 30m, 2h or 1d.`,
    );
  const until = new Date(Date.now() + forMs).toISOString();
  const id = subject.replace(/^incident\//, '');
  await withTemporal(temporalFor(found), async (client) => {
    await client.workflow
      .getHandle(incidentId(id))
      .signal<[Mute]>(muteSignal, { forMs, until })
      .catch(async (error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        const open = (await readIncidents(client)).map((each) => each.id);
        throw new CommandFailure(
          exitCodes.failed,
          `No incident is open for "${id}"; ${open.length > 0 ? `open incidents: ${open.join(', ')}` : 'no other is open either'}.`,
        );
      });
  });
  printer.result({ id, mutedUntil: until }, `${id} is quiet until ${formatTime(until)}.`);
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
    quietMs: 0,
    remindAfterMs: 1_000,
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
