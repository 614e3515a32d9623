import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ParentClosePolicy,
  getExternalWorkflowHandle,
  log,
  setCurrentDetails,
  startChild,
} from '@temporalio/workflow';
import type { AlertsResult, IncidentInput, IncidentMemo, Problem } from '../model/incident.ts';
import { chatsSignal, incidentId, remindAfterMs, resolvedSignal } from '../model/incident.ts';
import { causeText, nextActionOf } from '../model/failure-lines.ts';
import { english, problemSentence } from '../model/incident-words-en.ts';
import { concurrently } from '../model/concurrently.ts';
import { formatCount, formatNumber } from '../model/number.ts';
import { shortened } from '../model/shortened.ts';
import { summaryOf } from '../model/summary.ts';
import { unwrapFailure } from '../model/unwrap-failure.ts';
import { labelsOfSubject } from '../model/search-attributes.ts';
import { incident } from './incident.ts';
import { labelled } from './labels.ts';
import { checkHealth, ping } from './proxies.ts';

/** This many problems found at the same time are announced in one message. */
const groupFrom = 3;
/** A message has no space for more, and each input passes through Temporal. */
const maxRelated = 20;
/** How many incidents are opened, or resolved, at once. */
const maxStarts = 20;
/** How many subjects the Web UI shows. */
const maxShown = 100;
/** What a message shows of the failure of a related problem, with space to spare. */
const maxRelatedText = 300;
/** What the list of incidents shows of a failure, and of what to do about it. */
const maxListedText = 1_000;

/**
 * Checks health, opens an incident for each problem that has none, and resolves incidents whose problem is over. Temporal
 * is asked each time which incidents are open, so two simultaneous runs, or a manual one, never open an incident twice.
 * Finally it pings the dead man's switch, which notices when these runs stop.
 */
export async function alerts(): Promise<AlertsResult> {
  const {
    problems,
    ongoing,
    resolved,
    chats,
    unaware = [],
    searchAttributes,
    ...reminding
  } = await checkHealth();
  const announced = problems.filter(({ quietUntil }) => !quietUntil).map(({ problem }) => problem);
  const grouped = announced.length >= groupFrom;
  await concurrently(problems, maxStarts, async ({ problem, quietUntil }) => {
    const isFirst = problem === announced[0];
    const others = grouped && isFirst ? announced.slice(1) : [];
    const silent = grouped && !quietUntil && !isFirst;
    await openIncident(
      {
        problem,
        silent,
        related: others.slice(0, maxRelated).map(inShort),
        moreRelated: Math.max(0, others.length - maxRelated),
        ...(quietUntil !== undefined && { quietUntil }),
        remindAfterMinutes: remindAfterMs(reminding) / 60_000,
      },
      {
        ...(chats && { chats }),
        ...(quietUntil !== undefined && { quietUntil }),
        ...(silent && { notifiedWith: announced[0]!.subject }),
      },
      searchAttributes,
    );
  });
  await concurrently(resolved, maxStarts, ({ subject, resolution }) =>
    signal(subject, resolvedSignal, resolution),
  );
  await concurrently(unaware, maxStarts, (subject) => signal(subject, chatsSignal, chats));
  const open = [...ongoing, ...problems.map(({ problem }) => problem.subject)];
  const result: AlertsResult = {
    found:
      open.length + resolved.length === 0
        ? 'no problems'
        : `${formatCount(open.length, 'open incident')}, ${formatNumber(resolved.length)} resolved`,
    open,
    resolved: resolved.map(({ subject }) => subject),
  };
  setCurrentDetails(details(result));
  await ping().catch((error: unknown) => log.warn(unwrapFailure(error).message));
  return result;
}

async function signal(subject: string, name: string, argument: unknown): Promise<void> {
  await getExternalWorkflowHandle(incidentId(subject))
    .signal(name, argument)
    // The incident has closed in the meantime.
    .catch((error: unknown) => log.info(unwrapFailure(error).message, { incident: subject }));
}

/** The problem with only the beginning of its failure's first cause. */
function inShort(problem: Problem): Problem {
  if (!problem.failure) return problem;
  const { type, message, details } = problem.failure;
  const shortMessage = beginningOf(message);
  if (!details) return { ...problem, failure: { type, message: shortMessage } };
  const [{ table, problem: cause }] = details.causes;
  const causes = [{ ...(table !== undefined && { table }), problem: beginningOf(cause) }] as const;
  return { ...problem, failure: { type, message: shortMessage, details: { ...details, causes } } };
}

function beginningOf(text: string): string {
  return text.split('\n')[0]!.slice(0, maxRelatedText);
}

/** The problem for lists of incidents: what it is, why, and what to do next. Half a statement is useless. */
function inList(problem: Problem): IncidentMemo {
  const { since, failure, run } = problem;
  const cause = shortened(causeText(failure, english), maxListedText);
  const { text, command, sql } = nextActionOf(problem, english);
  return {
    problem: problemSentence(problem),
    since,
    ...(cause !== '' && { cause }),
    next: {
      ...(text !== undefined && { text: shortened(text, maxListedText) }),
      ...(command !== undefined && { command }),
      sql: sql.join('').length <= maxListedText ? sql : [],
    },
    ...(run && { run }),
  };
}

async function openIncident(
  input: IncidentInput,
  memo: Pick<IncidentMemo, 'chats' | 'quietUntil' | 'notifiedWith'>,
  searchAttributes: readonly string[] | undefined,
): Promise<void> {
  const { subject } = input.problem;
  try {
    await startChild(incident, {
      workflowId: incidentId(subject),
      ...labelled(searchAttributes, labelsOfSubject(subject)),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: summaryOf(`${subject}: ${problemSentence(input.problem)}`),
      memo: { ...inList(input.problem), ...memo } satisfies IncidentMemo,
    });
  } catch (error) {
    // Another run of this workflow has opened the incident at the same time.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function details({ open, resolved }: AlertsResult): string {
  if (open.length === 0 && resolved.length === 0) return 'No problems found.';
  const lines = [
    ...open.map((subject) => `- open: ${subject}`),
    ...resolved.map((subject) => `- resolved: ${subject}`),
  ];
  const more = lines.length - maxShown;
  return [...lines.slice(0, maxShown), ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}
