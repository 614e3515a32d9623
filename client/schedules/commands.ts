import type { Client } from '@temporalio/client';
import { formatCount } from '../../model/number.ts';
import { temporalCli } from '../connect/temporal-cli.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import type { Context, TemporalContext } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { formatTime } from '../../model/time.ts';
import { applySchedules } from './apply.ts';
import type { Toggled } from './control.ts';
import { backfillSchedule, pauseSchedule, resumeSchedule, triggerSchedule } from './control.ts';
import { renderScheduleList } from './list.ts';
import { planSchedules, renderPlan } from './plan.ts';
import { missingSentence, registerSearchAttributes } from './search-attributes.ts';
import { readScheduleStates } from './state.ts';

/** `schedules apply`: brings Temporal's schedules in line with the config; a new schedule `sync` starts a run at once. */
export async function applyCommand(context: Context): Promise<void> {
  const { registration, schedules } = await onTemporal(context, async (client) => ({
    // First, so that the first run has them.
    registration: await registerSearchAttributes(client),
    schedules: await applySchedules(client, context.config, { startSync: true }),
  }));
  const problem = missingSentence(registration);
  if (problem !== undefined) context.printer.log(problem);
  context.printer.result(
    { schedules, searchAttributes: registration },
    schedules.map(({ id, change }) => `${id}: ${change}`).join('\n'),
  );
}

/** `schedules plan`: shows what `apply` would change. */
export async function planCommand(context: Context): Promise<void> {
  const schedules = await onTemporal(context, (client) => planSchedules(client, context.config));
  const temporal = temporalCli(context.found.up, process.cwd());
  context.printer.result({ schedules }, renderPlan(schedules, temporal));
}

/** `schedules list`: lists the schedules of the config with their state in Temporal. */
export async function listCommand(context: TemporalContext): Promise<void> {
  const schedules = await onTemporal(context, (client) => readScheduleStates(client, context.config));
  context.printer.result({ schedules }, renderScheduleList(schedules));
}

/** `schedules pause`: pauses a schedule. */
export async function pauseCommand(context: TemporalContext, id: string, reason?: string): Promise<void> {
  const paused = await onTemporal(context, (client) => pauseSchedule(client, id, reason));
  context.printer.result(paused, describeToggled(paused, 'already paused'));
}

/** `schedules resume`: resumes a schedule. */
export async function resumeCommand(context: TemporalContext, id: string, reason?: string): Promise<void> {
  const resumed = await onTemporal(context, (client) => resumeSchedule(client, id, reason));
  context.printer.result(resumed, describeToggled(resumed, 'not paused'));
}

function describeToggled({ id, change, note }: Toggled, unchanged: string): string {
  return `${id}: ${change === 'unchanged' ? unchanged : change}${note ? `; note: ${note}` : ''}`;
}

/** `schedules trigger`: starts a run now, in the same way as the schedule. */
export async function triggerCommand(context: TemporalContext, id: string): Promise<void> {
  const triggered = await onTemporal(context, (client) => triggerSchedule(client, id));
  const { started, running } = triggered;
  context.printer.result(
    triggered,
    started !== null
      ? `Started ${started}.`
      : `${running ?? 'A run'} is already in progress. No other run was started.`,
  );
}

/** `schedules backfill`: makes up for runs that were missed in a past time range. */
export async function backfillCommand(
  context: TemporalContext,
  id: string,
  fromText: string,
  toText: string,
): Promise<void> {
  const [from, to] = [parseInstant('--from', fromText), parseInstant('--to', toText)];
  if (to < from || to.getTime() > Date.now())
    throw new CommandFailure(
      exitCodes.invalid,
      `--from (${fromText}) must be before --to (${toText}), and both in the past.`,
    );
  const filled = await onTemporal(context, (client) => backfillSchedule(client, id, from, to));
  context.printer.result(
    filled,
    `${id}: ${formatCount(filled.due, 'run')} due from ${formatTime(filled.from)} to ${formatTime(filled.to)}. One run starts now and one after it; together they read everything that has changed.`,
  );
}

function parseInstant(option: string, value: string): Date {
  const ms = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:?\d\d))?$/.test(value) ? Date.parse(value) : NaN;
  if (!Number.isNaN(ms)) return new Date(ms);
  throw new CommandFailure(
    exitCodes.invalid,
    `${option} takes an instant (2026-11-24T08:00:00Z) or a day (2026-11-24, from midnight UTC), not "${value}".`,
  );
}

function onTemporal<T>({ found }: TemporalContext, work: (client: Client) => Promise<T>): Promise<T> {
  return withTemporal(temporalFor(found), work);
}
