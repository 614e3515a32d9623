import {
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  IncidentInput,
  IncidentMemo,
  IncidentState,
  MessageKind,
  Mute,
  Notification,
  Problem,
  Resolution,
} from '../model/incident.ts';
import {
  chatsSignal,
  incidentQuery,
  muteSignal,
  remindAfterMs,
  resolvedSignal,
  unmuteSignal,
} from '../model/incident.ts';
import { problemSentence } from '../model/incident-words-en.ts';
import { formatTime } from '../model/time.ts';
import { unwrapFailure } from '../model/unwrap-failure.ts';
import { codeBlock, markdownTable } from './markdown-table.ts';
import { listChats, notify } from './proxies.ts';
import { msUntil, sleepUntil } from './sleep-until.ts';

/**
 * One problem, from its discovery to its resolution: notifies each chat once, reminds it, and notifies it of the
 * resolution. The incident is open for as long as this workflow runs; an unavailable chat is notified when it is back, and
 * one that the config receives meanwhile is notified then. A mute ends with the incident.
 */
export async function incident(input: IncidentInput): Promise<IncidentState> {
  const state = incidentState(input);
  const quietMs = quietTime(input);
  if (quietMs > 0) {
    await condition(() => state.isResolved() || state.isUnmuted(), quietMs, { summary: 'quiet' });
    if (state.isResolved()) return state.now();
  }
  // Without the patch, incidents of an earlier version that were muted before their first message could not replay.
  if (state.isMuted() && patched('a mute delays the first message')) {
    await condition(() => state.isResolved() || !state.isMuted());
    if (state.isResolved()) return state.now();
  }
  if (input.silent) state.announcedByAnother(workflowInfo().startTime.toISOString());
  const chats = await chatsToNotify();
  const notifying = chats.map((chat) => keepNotified(chat, input, state));
  const alone = { ...input, silent: false, related: [], moreRelated: 0 };
  state.open(chats, (chat) => {
    const later = keepNotified(chat, alone, state);
    // Its failure is that of the workflow, which waits for it below.
    later.catch(() => undefined);
    notifying.push(later);
  });
  let count: number;
  do {
    count = notifying.length;
    await Promise.all(notifying);
  } while (notifying.length > count);
  return state.now();
}

/** How long to wait before the first message (ms). */
function quietTime(input: IncidentInput): number {
  // Incidents of an earlier version have it in milliseconds.
  const { quietUntil, quietMs = 0 } = input as IncidentInput & { readonly quietMs?: number };
  return quietUntil === undefined ? quietMs : msUntil(quietUntil);
}

/** The chats to notify, from the config. While the config is invalid, the incident waits for a valid one. */
async function chatsToNotify(): Promise<string[]> {
  for (;;) {
    try {
      return await listChats();
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('the chats to notify cannot be read', { error: unwrapFailure(error).message });
      await sleep(firstPauseMs, { summary: 'read the chats again' });
    }
  }
}

/** Sends all messages to one chat. A chat that cannot be notified does not delay the others. */
async function keepNotified(chat: string, input: IncidentInput, state: State): Promise<void> {
  if (!input.silent) await deliver(chat, 'opened', input, state);
  const remindMs = remindAfterMs(input);
  while (!(await condition(state.isResolved, remindMs, { summary: `remind ${chat}` }))) {
    if (!state.isMuted()) await deliver(chat, 'reminder', input, state);
    // Whoever tests the chats may have gone away: nobody is reminded of that twice.
    if (input.problem.kind === 'test') await condition(state.isResolved);
  }
  await deliver(chat, 'resolved', input, state);
}

const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;

/**
 * Notifies the chat, however long it takes. After a refusal that needs a correction, the message is tried again from time
 * to time until the problem is resolved; a chat that refuses the last message too is given up.
 */
async function deliver(
  chat: string,
  kind: MessageKind,
  { problem, related, moreRelated, silent }: IncidentInput,
  state: State,
): Promise<void> {
  const message = {
    chat,
    kind,
    problem,
    ...(kind === 'opened' ? { related, moreRelated } : { related: [], moreRelated: 0 }),
    resolution: state.resolution(),
  };
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      const { at, remarks } = await notify({ ...message, silent: silent || state.isMuted() });
      state.delivered({ chat, message: kind, at }, remarks);
      return;
    } catch (error) {
      if (isCancellation(error)) throw error;
      state.refused(chat, unwrapFailure(error).message);
      if (kind === 'resolved') return;
      if (await condition(state.isResolved, pauseMs, { summary: `notify ${chat} again` })) return;
    }
  }
}

type State = ReturnType<typeof incidentState>;

/** The state of the incident, for the query, the Web UI and the list of open incidents. */
function incidentState(input: IncidentInput) {
  const { problem } = input;
  let state: IncidentState = {
    subject: problem.subject,
    problem: problemSentence(problem),
    since: problem.since,
    status: quietTime(input) > 0 ? 'quiet' : 'open',
    chats: [],
    notifications: [],
    undelivered: {},
  };
  let resolution: Resolution | undefined;
  let isUnmuted = false;
  let mutes: readonly Mute[] = [];
  let notifyLater: ((chat: string) => void) | undefined;
  const change = (to: Partial<IncidentState>) => {
    state = { ...state, ...to };
    setCurrentDetails(details(state, problem));
  };
  const remember = (memo: Partial<IncidentMemo>) => upsertMemo(memo);
  setHandler(defineQuery<IncidentState>(incidentQuery), () => state);
  setHandler(defineSignal<[Resolution]>(resolvedSignal), (signal) => {
    resolution ??= signal;
    change({ status: 'resolved' });
  });
  const keepMutes = (kept: readonly Mute[]) => {
    mutes = kept;
    if (kept.length === 0 && state.status === 'muted') change({ status: 'open' });
  };
  setHandler(defineSignal<[Mute]>(muteSignal), (mute) => {
    // Without the patch, the longest mute of an incident counted.
    mutes = patched('the last mute counts') ? [mute] : [...mutes, mute];
    remember({ mutedUntil: latest(mutes) });
    if (state.status === 'open') change({ status: 'muted' });
    void sleepUntil(mute.until, `muted until ${formatTime(mute.until)}`).then(
      () => keepMutes(mutes.filter((each) => each !== mute)),
      // The incident is cancelled, and with it the timer.
      () => undefined,
    );
  });
  setHandler(defineSignal(unmuteSignal), () => {
    isUnmuted = true;
    // A key of a memo is removed by null.
    upsertMemo({ mutedUntil: null, quietUntil: null });
    keepMutes([]);
  });
  setHandler(defineSignal<[readonly string[]]>(chatsSignal), (chats) => {
    remember({ chats });
    const added = chats.filter((chat) => !state.chats.includes(chat));
    // Before the first message, the chats are still to be read.
    if (!notifyLater || added.length === 0 || resolution) return;
    change({ chats: [...state.chats, ...added] });
    added.forEach(notifyLater);
  });
  change({});
  return {
    now: () => state,
    resolution: () => resolution,
    isResolved: () => resolution !== undefined,
    isMuted: () => mutes.length > 0,
    isUnmuted: () => isUnmuted,
    /** The incident notifies `chats`, and `later` is called for each that is added. */
    open(chats: readonly string[], later: (chat: string) => void) {
      notifyLater = later;
      change({ chats, ...(state.status === 'quiet' && { status: 'open' }) });
    },
    announcedByAnother: (at: string) => remember({ notifiedAt: at }),
    delivered(notification: Notification, remarks: readonly string[]) {
      const { chat, message, at } = notification;
      for (const remark of remarks) log.warn(`a message was sent ${remark}`, { chat });
      const undelivered = Object.fromEntries(
        Object.entries(state.undelivered).filter(([name]) => name !== chat),
      );
      change({ notifications: [...state.notifications, notification], undelivered });
      if (message === 'opened') remember({ notifiedAt: at });
    },
    refused(chat: string, reason: string) {
      log.warn('a chat could not be notified', { chat, error: reason });
      change({ undelivered: { ...state.undelivered, [chat]: reason } });
    },
  };
}

/** When the last of the mutes ends. */
function latest(mutes: readonly Mute[]): string {
  return mutes.reduce((last, { until }) => (until > last ? until : last), '');
}

function details(state: IncidentState, { failure, run }: Problem): string {
  const sent = state.notifications.map(({ chat, message, at }) => [formatTime(at), message, chat]);
  return [
    `**${state.subject}**: ${state.problem}. Since ${formatTime(state.since)}; status: ${state.status}.`,
    ...(failure ? [codeBlock(failure.message)] : []),
    ...(run ? [`Run: ${run.workflowId}, ${run.runId}`] : []),
    sent.length > 0 ? markdownTable(['sent at', 'message', 'chat'], sent) : 'No message sent yet.',
    ...Object.entries(state.undelivered).map(([chat, reason]) => `Not delivered to ${chat}: ${reason}`),
  ].join('\n\n');
}
