import type { Failure } from '../../model/failure.ts';
import type { MessageKind, Resolution } from '../../model/incident.ts';
import { problemSentence } from '../../model/incident-words-en.ts';
import { runUrl } from './telegram/run-link.ts';
import type { Message } from './telegram/text.ts';

/** What the webhook receives. Times are ISO 8601; docs/alerts.md describes each key. */
export interface WebhookBody {
  /** The same for each attempt to deliver this message. */
  readonly id: string;
  readonly kind: MessageKind;
  readonly subject: string;
  readonly problem: string;
  readonly since: string;
  /** The message as a chat shows it. */
  readonly text: string;
  readonly silent: boolean;
  readonly failure?: Failure;
  readonly run?: { readonly workflowId: string; readonly runId: string; readonly url?: string };
  readonly unaffected?: string;
  readonly related: readonly { readonly subject: string; readonly problem: string }[];
  readonly moreRelated: number;
  readonly resolution?: Pick<Resolution, 'at' | 'completeThrough'>;
}

/** The message as data. The run is the one that failed, or for a resolved problem the one that succeeded. */
export function bodyOf(
  { kind, problem, related, moreRelated, resolution }: Message,
  context: {
    readonly id: string;
    readonly text: string;
    readonly silent: boolean;
    readonly namespace: string;
    readonly webUi?: string | undefined;
  },
): WebhookBody {
  const { id, text, silent, namespace, webUi } = context;
  const { subject, since, failure, unaffected } = problem;
  const run = kind === 'resolved' ? resolution?.run : problem.run;
  return {
    ...{ id, kind, subject, problem: problemSentence(problem), since, text, silent },
    ...(failure && { failure }),
    ...(run && { run: { ...run, ...(webUi !== undefined && { url: runUrl(webUi, namespace, run) }) } }),
    ...(unaffected !== undefined && { unaffected }),
    related: related.map((each) => ({ subject: each.subject, problem: problemSentence(each) })),
    moreRelated,
    ...(resolution && { resolution: { at: resolution.at, completeThrough: resolution.completeThrough } }),
  };
}
