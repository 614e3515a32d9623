import { ApplicationFailure } from '@temporalio/common';
import { weatherPresence } from '../../activities/weather/presence.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { createLiveLines } from '../terminal/live-lines.ts';
import { redraw } from '../terminal/redraw.ts';
import { formatTime } from '../../model/time.ts';
import { readScheduleStates } from '../schedules/state.ts';
import { stopSignal } from '../terminal/stop-signal.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import { readFreshness } from './freshness.ts';
import { readIncidents } from './incidents.ts';
import type { StatusReport } from './report.ts';
import { renderStatus } from './report.ts';

/** The number of days of weather to show. */
const weatherDays = 3;

const redrawMs = 2_000;

/**
 * Prints the freshness of the warehouse, the schedules, the hours of weather and the open incidents. Without Temporal it
 * still shows the rest, and fails at the end. With `watch`, redraws every two seconds until Ctrl-C, through outages of
 * Temporal and the warehouse.
 */
export async function status(context: Context, { watch }: { readonly watch: boolean }): Promise<void> {
  if (watch) return watchStatus(context);
  const { report, failure } = await readStatus(context);
  context.printer.result(report, renderStatus(report));
  if (failure) throw failure;
}

async function watchStatus(context: Context): Promise<void> {
  const lines = createLiveLines(process.stdout);
  if (!lines.live || context.printer.json)
    throw new CommandFailure(
      exitCodes.invalid,
      '--watch requires a terminal, and cannot be combined with --json. Run the command without --watch.',
    );
  const render = async () => {
    const parts = await readStatus(context).then(
      ({ report, failure }) => [renderStatus(report), failure?.message],
      (error: unknown) => [asCommandFailure(error).message],
    );
    return [formatTime(new Date().toISOString()), ...parts.filter(Boolean)].join('\n\n');
  };
  await redraw(lines, render, redrawMs, stopSignal());
}

/**
 * Throws a CommandFailure when the warehouse cannot be read. When Temporal or the weather folder cannot be read, their
 * parts of the report are empty and `failure` has the reason.
 */
async function readStatus(context: Context): Promise<{ report: StatusReport; failure?: CommandFailure }> {
  const { found, config } = context;
  const { folder, places } = config.weather ?? { folder: '', places: [] };
  const [sources, temporal, weather] = await Promise.all([
    withWarehouse(context, (client) => readFreshness(client, config)),
    withTemporal(temporalFor(found), async (client) => {
      const [schedules, incidents] = await Promise.all([
        readScheduleStates(client, config),
        readIncidents(client),
      ]);
      return { schedules, incidents };
    }).catch(asCommandFailure),
    weatherPresence(folder, places, weatherDays, Date.now()).catch(unreadableFolder),
  ]);
  const report = {
    sources,
    ...(temporal instanceof CommandFailure ? { schedules: [], incidents: [] } : temporal),
    weather: weather instanceof CommandFailure ? [] : weather,
  };
  const failure = temporal instanceof CommandFailure ? temporal : weather;
  return { report, ...(failure instanceof CommandFailure && { failure }) };
}

/** The weather folder may be on a disk that is not mounted on this machine. */
function unreadableFolder(error: unknown): CommandFailure {
  if (error instanceof ApplicationFailure) return new CommandFailure(exitCodes.failed, error.message);
  throw error;
}

function asCommandFailure(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  throw error;
}
