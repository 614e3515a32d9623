import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import type { ProtoFailure } from '@temporalio/common';
import { formatDuration } from '../../model/duration.ts';
import type { Failure } from '../../model/failure.ts';
import { formatCount, formatShort } from '../../model/number.ts';
import type { Progress } from '../../model/progress.ts';
import { shortened } from '../../model/shortened.ts';
import { unwrapFailure } from '../../model/unwrap-failure.ts';

/** What a run's activity does now: its attempt, and what its last heartbeat says. */
export interface ActivityProgress extends Progress {
  readonly attempt: number;
  readonly maximumAttempts: number;
  /** Why the attempt before this one failed: in short, and whole. */
  readonly problem?: string;
  readonly failure?: Failure;
  /** When the next attempt starts, in ms; absent while an attempt runs. */
  readonly nextAt?: number;
}

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** The progress of a run's activity; undefined when it has none. */
export function activityProgress({
  raw: { pendingActivities },
}: Pick<WorkflowExecutionDescription, 'raw'>): ActivityProgress | undefined {
  const pending = pendingActivities?.[0];
  if (!pending) return undefined;
  const { attempt, maximumAttempts, lastFailure, lastStartedTime, scheduledTime } = pending;
  const [scheduled, started] = [msOf(scheduledTime), msOf(lastStartedTime)];
  const failure = lastFailure ? failureOf(lastFailure) : undefined;
  const isWaiting = lastFailure != null && scheduled > started && scheduled > Date.now();
  return {
    attempt: (attempt ?? 1) - (isWaiting ? 1 : 0),
    maximumAttempts: maximumAttempts ?? 0,
    ...(failure && { problem: problemOf(failure), failure }),
    ...(isWaiting && { nextAt: scheduled }),
    ...heartbeatOf(pending),
  };
}

function failureOf(failure: ProtoFailure): Failure {
  return unwrapFailure(defaultFailureConverter.failureToError(failure, defaultPayloadConverter));
}

function problemOf({ message, details }: Failure): string {
  return (details?.causes[0].problem ?? message).split('\n')[0]!.replace(/\.$/, '');
}

function heartbeatOf({ heartbeatDetails }: Pending): Progress {
  const payload = heartbeatDetails?.payloads?.[0];
  return (payload && defaultPayloadConverter.fromPayload<Progress | null>(payload)) ?? {};
}

function msOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
}

const maxProblem = 60;

/**
 * The progress in a few words: `████░░░░░░  42 %  events  1.2M of 2.9M rows  45k/s`, or
 * `attempt 3 of 4, again in 12 s: connection refused`.
 */
export function describeActivity(progress: ActivityProgress, now: number): string {
  const { attempt, maximumAttempts, problem, nextAt, table } = progress;
  const rows = describeRows(progress);
  if (problem === undefined) return rows;
  const count = `attempt ${attempt}${maximumAttempts > 0 ? ` of ${maximumAttempts}` : ''}`;
  const reason = shortened(problem, maxProblem);
  if (nextAt !== undefined) return `${count}, again in ${formatDuration((nextAt - now) / 1000)}: ${reason}`;
  return table === undefined ? `${count}, after ${reason}` : `${count}  ${rows}`;
}

function describeRows({ table, rows = 0, of = 0, estimated, perSecond, sessions }: Progress): string {
  const short = (count: number) => `${estimated && count > 0 ? '~' : ''}${formatShort(count)}`;
  // More rows than estimated: the estimate says nothing.
  const total = of > 0 && rows <= of ? of : undefined;
  return [
    total && bar(rows / total),
    table,
    total ? `${short(rows)} of ${short(total)} rows` : rows > 0 && `${short(rows)} rows`,
    perSecond && `${formatShort(perSecond)}/s`,
    sessions && formatCount(sessions, 'session'),
  ]
    .filter(Boolean)
    .join('  ');
}

const barWidth = 10;

/** A progress bar: `████░░░░░░  42 %`. */
function bar(share: number): string {
  const full = Math.floor(share * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${String(Math.floor(share * 100)).padStart(3)} %`;
}
