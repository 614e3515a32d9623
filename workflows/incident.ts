import {
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  Finding,
  IncidentInput,
  IncidentMemo,
  IncidentState,
  MessageKind,
  Mute,
  Well,
} from '../model/incident.ts';
import { words } from '../model/incident-words.ts';
import { incidentQuery, muteSignal, wellSignal } from '../model/incident.ts';
import { sayTime } from '../model/time.ts';
import { reasonOf } from './reason.ts';
import { markdownTable } from './markdown-table.ts';
import { listChats, tell } from './proxies.ts';

/**
 * One thing that is wrong, from when it was found to when it is well again: tells each chat once, reminds it, and tells
 * it that it is well. It is open for as long as this runs, and goes on telling for as long as a chat is away.
 */
export async function incident(input: IncidentInput): Promise<IncidentState> {
  const state = incidentState(input);
  if (input.holdMs > 0 && (await condition(() => state.isWell(), input.holdMs, { summary: 'held back' })))
    return state.now();
  if (input.silent) state.toldByAnother(workflowInfo().startTime.toISOString());
  const chats = await chatsToTell();
  state.begin(chats);
  await Promise.all(chats.map((chat) => tellStory(chat, input, state)));
  return state.now();
}

/** Asked for until there is an answer: a config that cannot be read is somebody's to mend, and no reason to forget. */
async function chatsToTell(): Promise<string[]> {
  for (;;) {
    try {
      return await listChats();
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('it cannot be seen whom to tell', { error: reasonOf(error).message });
      await sleep(firstPauseMs, { summary: 'then asked again whom to tell' });
    }
  }
}

/** What one chat hears of it. A chat that cannot be told keeps no other waiting. */
async function tellStory(chat: string, input: IncidentInput, state: State): Promise<void> {
  if (!input.silent) await deliver(chat, 'down', input, state);
  while (
    !(await condition(() => state.isWell(), input.remindAfterMs, { summary: `then ${chat} is reminded` }))
  )
    if (!state.isMuted()) await deliver(chat, 'reminder', input, state);
  await deliver(chat, 'up', input, state);
}

const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;

/**
 * Tells the chat, for as long as it takes. What somebody has to put right is tried again now and then until the thing is
 * well; a chat that refuses even that message is given up.
 */
async function deliver(
  chat: string,
  kind: MessageKind,
  { finding, others, silent }: IncidentInput,
  state: State,
): Promise<void> {
  const message = { finding, others: kind === 'down' ? others : [], well: state.well() };
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      const { at, remarks } = await tell({ chat, kind, silent: silent || state.isMuted(), ...message });
      state.told({ chat, message: kind, at }, remarks);
      return;
    } catch (error) {
      if (isCancellation(error)) throw error;
      state.refused(chat, reasonOf(error).message);
      if (
        kind === 'up' ||
        (await condition(() => state.isWell(), pauseMs, { summary: `then ${chat} is tried again` }))
      )
        return;
    }
  }
}

type State = ReturnType<typeof incidentState>;

/** What the incident has come to, for the query, the Web UI and the list of those that are open. */
function incidentState({ finding, holdMs }: IncidentInput) {
  let state: IncidentState = {
    thing: finding.thing,
    what: whatIs(finding),
    since: finding.since,
    status: holdMs > 0 ? 'held' : 'open',
    chats: [],
    told: [],
    refused: {},
  };
  let well: Well | undefined;
  let mutes = 0;
  const change = (to: Partial<IncidentState>) => {
    state = { ...state, ...to };
    setCurrentDetails(details(state, finding));
  };
  const remember = (memo: Partial<IncidentMemo>) => upsertMemo(memo);
  setHandler(defineQuery<IncidentState>(incidentQuery), () => state);
  setHandler(defineSignal<[Well]>(wellSignal), (signal) => {
    well ??= signal;
    change({ status: 'well' });
  });
  setHandler(defineSignal<[Mute]>(muteSignal), ({ forMs, until }) => {
    mutes++;
    remember({ mutedUntil: until });
    if (state.status === 'open') change({ status: 'muted' });
    void sleep(forMs, { summary: 'muted' }).then(() => {
      mutes--;
      if (mutes === 0 && state.status === 'muted') change({ status: 'open' });
    });
  });
  change({});
  return {
    now: () => state,
    well: () => well,
    isWell: () => well !== undefined,
    isMuted: () => mutes > 0,
    begin: (chats: readonly string[]) =>
      change({ chats, ...(state.status === 'held' && { status: 'open' }) }),
    toldByAnother: (at: string) => remember({ toldAt: at }),
    told(told: IncidentState['told'][number], remarks: readonly string[]) {
      for (const remark of remarks) log.warn(`a message was told ${remark}`, { chat: told.chat });
      const refused = Object.fromEntries(
        Object.entries(state.refused).filter(([chat]) => chat !== told.chat),
      );
      change({ told: [...state.told, told], refused });
      if (told.message === 'down') remember({ toldAt: told.at });
    },
    refused(chat: string, why: string) {
      log.warn('a chat could not be told', { chat, error: why });
      change({ refused: { ...state.refused, [chat]: why } });
    },
  };
}

/** What is wrong, as a sentence. */
export function whatIs(finding: Pick<Finding, 'thing' | 'what'>): string {
  return words.en.what(finding);
}

function details(state: IncidentState, { error, run }: Finding): string {
  const told = state.told.map(({ chat, message, at }) => [sayTime(at), message, chat]);
  return [
    `**${state.thing}**: ${state.what}. Since ${sayTime(state.since)}; now ${state.status}.`,
    ...(error === undefined ? [] : [`> ${error.split('\n')[0]}`]),
    ...(run ? [`Run: ${run.workflowId}, ${run.runId}`] : []),
    ...(told.length > 0 ? [markdownTable(['told at', 'message', 'chat'], told)] : ['Not told yet.']),
    ...Object.entries(state.refused).map(([chat, why]) => `Cannot be told, ${chat}: ${why}`),
  ].join('\n\n');
}
