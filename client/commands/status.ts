import { ApplicationFailure } from '@temporalio/common';
import { weatherPresence } from '../../activities/weather/presence.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { readFreshness } from '../status/freshness.ts';
import { readIncidents } from '../status/incidents.ts';
import { createLiveLines } from '../terminal/live-lines.ts';
import { redraw } from '../terminal/redraw.ts';
import { formatTime } from '../../model/time.ts';
import { readScheduleStates } from '../schedules/state.ts';
import type { StatusReport } from '../status/report.ts';
import { renderStatus } from '../status/report.ts';
import { stopSignal } from '../terminal/stop-signal.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import { withWarehouse } from '../connect/warehouse.ts';

/** Of weather that are shown. */
const days = 3;

const everyMs = 2_000;

export interface StatusOptions {
  readonly watch?: boolean;
}

/**
 * How fresh the warehouse is, and how the schedules stand. Without Temporal, what the warehouse says is shown all the
 * same. With `watch`, shown anew every two seconds until Ctrl-C, through outages of both.
 */
export async function status(context: Context, { watch }: StatusOptions): Promise<void> {
  if (watch) return watchStatus(context);
  const { report, silent } = await look(context);
  context.printer.result(report, renderStatus(report));
  if (silent) throw silent;
}

async function watchStatus(context: Context): Promise<void> {
  const lines = createLiveLines(process.stdout);
  if (!lines.live || context.printer.json)
    throw new CommandFailure(
      exitCodes.wrong,
      '--watch draws on a terminal, and stdout is none (or --json was asked for); leave it out.',
    );
  const see = async () => {
    const said = await look(context).then(
      ({ report, silent }) => [renderStatus(report), silent?.message],
      (error: unknown) => [asValue(error).message],
    );
    return [formatTime(new Date().toISOString()), ...said.filter(Boolean)].join('\n\n');
  };
  await redraw(lines, see, everyMs, stopSignal());
}

/** Throws a CommandFailure when the warehouse cannot be asked; `silent` is why Temporal, or the weather folder, could not. */
async function look(context: Context): Promise<{ report: StatusReport; silent?: CommandFailure }> {
  const { found, config } = context;
  const { folder, places } = (await context.reader.read()).weather ?? { folder: '', places: [] };
  const [sources, temporal, weather] = await Promise.all([
    withWarehouse(context, (client) => readFreshness(client, config)),
    withTemporal(temporalFor(found), async (client) => ({
      schedules: await readScheduleStates(client, config),
      incidents: await readIncidents(client),
    })).catch(asValue),
    weatherPresence(folder, places, days, Date.now()).catch(unreadable),
  ]);
  const report = {
    sources,
    ...(temporal instanceof CommandFailure ? { schedules: [], incidents: [] } : temporal),
    weather: weather instanceof CommandFailure ? [] : weather,
  };
  const unseen = temporal instanceof CommandFailure ? temporal : weather;
  return { report, ...(unseen instanceof CommandFailure && { silent: unseen }) };
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
