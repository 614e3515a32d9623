import type { Client } from '@temporalio/client';
import { applySchedules } from '../schedules/apply.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Toggled } from '../schedules/by-hand.ts';
import { backfillSchedule, pauseSchedule, resumeSchedule, triggerSchedule } from '../schedules/by-hand.ts';
import { planSchedules, renderPlan } from '../schedules/plan.ts';
import { readScheduleStates } from '../schedules/state.ts';
import { renderScheduleList } from '../schedules/list.ts';
import { formatTime } from '../../model/time.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';

/** `schedules apply`: makes Temporal's schedules those of the config. */
export async function applyCommand(context: Context): Promise<void> {
  const schedules = await ask(context, (client) => applySchedules(client, context.config));
  context.printer.result({ schedules }, schedules.map(({ id, change }) => `${id} ${change}`).join('\n'));
}

/** `schedules plan`: what apply would change. */
export async function planCommand(context: Context): Promise<void> {
  const schedules = await ask(context, (client) => planSchedules(client, context.config));
  context.printer.result({ schedules }, renderPlan(schedules));
}

/** `schedules list`: how those of the config stand. */
export async function listCommand(context: Context): Promise<void> {
  const schedules = await ask(context, (client) => readScheduleStates(client, context.config));
  context.printer.result({ schedules }, renderScheduleList(schedules));
}

/** Why a schedule is paused or resumed, by either name: `--reason` is what the temporal CLI calls it. */
export interface ToggleOptions {
  readonly reason?: string;
  readonly note?: string;
}

/** `schedules pause`: no runs until it is resumed. */
export async function pauseCommand(context: Context, id: string, reason?: string): Promise<void> {
  tellToggled(context, await ask(context, (client) => pauseSchedule(client, id, reason)), 'paused already');
}

/** `schedules resume`: runs again. */
export async function resumeCommand(context: Context, id: string, reason?: string): Promise<void> {
  tellToggled(context, await ask(context, (client) => resumeSchedule(client, id, reason)), 'not paused');
}

function tellToggled({ printer }: Context, toggled: Toggled, already: string): void {
  const { id, change, note } = toggled;
  printer.result(toggled, `${id} is ${change === 'unchanged' ? already : change}${note ? `: ${note}` : '.'}`);
}

/** `schedules trigger`: a run now, as the schedule would start it. */
export async function triggerCommand(context: Context, id: string): Promise<void> {
  const triggered = await ask(context, (client) => triggerSchedule(client, id));
  const { started, running } = triggered;
  context.printer.result(
    triggered,
    started !== null
      ? `Started ${started}.`
      : `${running ?? 'A run'} is going already, and nothing more was started.`,
  );
}

export interface BackfillOptions {
  readonly from: string;
  readonly to: string;
}

/** `schedules backfill`: makes up for runs that were due in a time that has passed. */
export async function backfillCommand(context: Context, id: string, options: BackfillOptions): Promise<void> {
  const [from, to] = [instant('--from', options.from), instant('--to', options.to)];
  if (to < from || to.getTime() > Date.now())
    throw new CommandFailure(
      exitCodes.wrong,
      `--from ${options.from} and --to ${options.to} are no time that has passed.`,
    );
  const filled = await ask(context, (client) => backfillSchedule(client, id, from, to));
  context.printer.result(
    filled,
    `${filled.due} runs of ${id} were due from ${formatTime(filled.from)} to ${formatTime(filled.to)}; one starts now, and one after it, which bring all that there is.`,
  );
}

function instant(option: string, given: string): Date {
  const ms = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:?\d\d))?$/.test(given) ? Date.parse(given) : NaN;
  if (!Number.isNaN(ms)) return new Date(ms);
  throw new CommandFailure(
    exitCodes.wrong,
    `${option} takes an instant (2026-11-24T08:00:00Z) or a day (2026-11-24, from midnight UTC), and not "${given}".`,
  );
}

function ask<T>({ found }: Context, work: (client: Client) => Promise<T>): Promise<T> {
  return withTemporal(temporalFor(found), work);
}
