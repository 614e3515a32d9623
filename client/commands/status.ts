import { weatherPresence } from '../../activities/weather/presence.ts';
import type { Context } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { readFreshness } from '../freshness.ts';
import { readIncidents } from '../incidents.ts';
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
  const [sources, temporal, weather] = await Promise.all([
    withWarehouse(context, (client) => readFreshness(client, config)),
    withTemporal(temporalFor(found), async (client) => ({
      schedules: await readScheduleStates(client, config),
      incidents: await readIncidents(client),
    })).catch(asValue),
    weatherPresence(folder, places, days, Date.now()),
  ]);
  const report = {
    sources,
    ...(temporal instanceof CommandFailure ? { schedules: [], incidents: [] } : temporal),
    weather,
  };
  printer.result(report, renderStatus(report));
  if (temporal instanceof CommandFailure) throw temporal;
}

function asValue(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  throw error;
}
