import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { parseDuration } from '../../model/duration.ts';
import type { IncidentInput, IncidentState, MessageKind, Mute, Resolution } from '../../model/incident.ts';
import { incidentId, incidentQuery, muteSignal, resolvedSignal, testPrefix } from '../../model/incident.ts';
import { taskQueue, workflowTypes } from '../../model/names.ts';
import type { incident } from '../../workflows/index.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { renderIncidents } from '../status/incident-report.ts';
import { readIncidents } from '../status/incidents.ts';
import { formatTime } from '../../model/time.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';

/** `alerts list`: what is wrong now. */
export async function listAlerts({ found, printer }: Context): Promise<void> {
  const incidents = await withTemporal(temporalFor(found), readIncidents);
  printer.result({ incidents }, renderIncidents(incidents) || 'No incident is open.');
}

/** `alerts mute`: an open incident is kept quiet for a while; that it is well again is told without a sound. */
export async function muteAlert({ found, printer }: Context, subject: string, time: string): Promise<void> {
  const forMs = parseDuration(time);
  if (forMs === undefined)
    throw new CommandFailure(exitCodes.invalid, `A time is given as 30m, 2h or 1d, and not as "${time}".`);
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
          `No incident "${id}" is open; ${open.length > 0 ? `there are ${open.join(', ')}` : 'none is'}.`,
        );
      });
  });
  printer.result({ id, mutedUntil: until }, `${id} is quiet until ${formatTime(until)}.`);
}

/** A chat that has not answered by then is one that cannot be told. */
const patienceMs = 60_000;

/** `alerts test`: one message of each kind to each chat, by the same way as those of a real incident. */
export async function testAlerts({ found, printer }: Context): Promise<void> {
  const subject = `${testPrefix}${randomBytes(3).toString('hex')}`;
  await withTemporal(temporalFor(found), async (client) => {
    const handle = await start(client, subject);
    printer.log('Telling each chat that something is wrong, that it is wrong still, and that it is well …');
    const told = await untilReminded(handle);
    await handle.signal<[Resolution]>(resolvedSignal, { at: new Date().toISOString() });
    // It ends when the last chat has been told.
    const late = new AbortController();
    const ended = await Promise.race([
      handle.result(),
      pause(patienceMs, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    if (!ended) await handle.terminate('the test is over').catch(() => undefined);
    const state = ended ?? told;
    const messages = state?.notifications ?? [];
    const refused = Object.entries(state?.undelivered ?? {});
    const lines = messages.map(({ chat, message, at }) => `${formatTime(at)}  ${message}  to ${chat}`);
    printer.result(
      { notifications: messages, undelivered: state?.undelivered ?? {} },
      lines.join('\n') || 'Nothing was told.',
    );
    if (refused.length > 0)
      throw new CommandFailure(exitCodes.failed, refused.map(([, why]) => why).join('\n'));
    if (!state || !hasAll(state, 'resolved'))
      throw new CommandFailure(
        exitCodes.failed,
        'The messages were not taken within a minute; see that a worker runs, that its machine reaches the chat, and the last failure of "tell" in the Web UI.',
      );
  });
}

type Handle = WorkflowHandle<typeof incident>;

function start(client: Client, subject: string): Promise<Handle> {
  const input: IncidentInput = {
    problem: {
      subject,
      kind: 'test',
      since: new Date().toISOString(),
      failure: { type: 'Test', message: 'This is a test message, sent by "tidehouse alerts test".' },
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
    staticSummary: 'a test',
    memo: { problem: 'a test', since: input.problem.since },
  });
}

/** Asks the incident until each chat was told twice, or refuses; what it said last when it does not come to that in time. */
async function untilReminded(handle: Handle): Promise<IncidentState | undefined> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const state = await handle.query<IncidentState>(incidentQuery).catch(() => undefined);
    if ((state && (hasAll(state, 'reminder') || isRefused(state))) || performance.now() > end) return state;
    await pause(300);
  }
}

/** Whether each chat was told this. */
function hasAll({ chats, notifications }: IncidentState, message: MessageKind): boolean {
  return (
    chats.length > 0 &&
    chats.every((chat) => notifications.some((each) => each.chat === chat && each.message === message))
  );
}

function isRefused({ undelivered }: IncidentState): boolean {
  return Object.keys(undelivered).length > 0;
}
