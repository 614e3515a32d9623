import { ApplicationFailure } from '@temporalio/common';
import { weatherPresence } from '../../activities/weather/presence.ts';
import type { Context } from '../context.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { readFreshness } from '../freshness.ts';
import { readScheduleStates } from '../schedule-state.ts';
import { renderStatus } from '../status-report.ts';
import { temporalFor, withTemporal } from '../temporal.ts';
import { withWarehouse } from '../warehouse.ts';

/** Of weather that are shown. */
const days = 3;

/** How fresh the warehouse is, and how the schedules stand. Without Temporal, what the warehouse says is shown all the same. */
export async function status(context: Context): Promise<void> {
  const { found, config, printer } = context;
  const { folder, places } = (await context.reader.read()).weather ?? { folder: '', places: [] };
  const [sources, schedules, weather] = await Promise.all([
    withWarehouse(context, (client) => readFreshness(client, config)),
    withTemporal(temporalFor(found), (client) => readScheduleStates(client, config)).catch(asValue),
    weatherPresence(folder, places, days, Date.now()).catch(unreadable),
  ]);
  const report = {
    sources,
    schedules: schedules instanceof CommandFailure ? [] : schedules,
    weather: weather instanceof CommandFailure ? [] : weather,
    incidents: [],
  };
  printer.result(report, renderStatus(report));
  if (schedules instanceof CommandFailure) throw schedules;
  if (weather instanceof CommandFailure) throw weather;
}

/** The weather folder may be on a disk that is not here. */
function unreadable(error: unknown): CommandFailure {
  if (error instanceof ApplicationFailure) return new CommandFailure(exitCodes.failed, error.message);
  throw error;
}

function asValue(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  throw error;
}
