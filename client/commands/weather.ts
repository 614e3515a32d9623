import { sayMissing } from '../run/weather-report.ts';
import type { Config } from '../../model/config.ts';
import { isDay } from '../../model/local-hour.ts';
import type { HourRange } from '../../model/runs.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { startWeather } from '../run/start.ts';
import { waitFor } from '../run/wait.ts';
import { watchWorkers } from '../run/watch-workers.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import { failuresOf, renderWeather, weatherReport } from '../run/weather-report.ts';

export interface WeatherOptions {
  /** Those to look after; all when absent. */
  readonly place?: readonly string[];
  /** A day of the place, or an instant; with it, hours are filled instead of observed. */
  readonly from?: string;
  readonly to?: string;
  readonly wait: boolean;
}

/** Observes the places now, or fills the hours that their files lack, and waits for it. */
export async function weather({ found, config, printer }: Context, options: WeatherOptions): Promise<void> {
  const places = options.place && knownPlaces(config, options.place);
  const hours = hourRange(config, options);
  if (!config.weather?.places.length) throw new CommandFailure(exitCodes.wrong, sayMissing);
  await withTemporal(temporalFor(found), async (client) => {
    const began = performance.now();
    const run = await startWeather(client, { places, hours });
    const { workflowId, runId } = run;
    if (!options.wait) {
      printer.result({ workflowId, runId, status: 'started' }, `Started ${workflowId}.`);
      return;
    }
    printer.say(`${workflowId} has started; waiting for it.`);
    const over = new AbortController();
    // Not waited for: what it still asks ends with the connection.
    void watchWorkers(client, run, printer.say, over.signal);
    const ending = await waitFor(client, run, printer.say).finally(() => over.abort());
    const report = weatherReport(run, ending, Math.round(performance.now() - began) / 1000);
    printer.result(report, renderWeather(report));
    const failures = failuresOf(report, ending);
    if (failures.length > 0) throw new CommandFailure(exitCodes.failed, failures.join('\n'));
  });
}

function knownPlaces({ weather }: Config, asked: readonly string[]): string[] {
  const names = weather?.places.map(({ name }) => name) ?? [];
  const unknown = asked.find((place) => !names.includes(place));
  if (unknown !== undefined)
    throw new CommandFailure(
      exitCodes.wrong,
      `There is no place "${unknown}"; the config has ${names.join(', ') || 'none'}.`,
    );
  return [...new Set(asked)];
}

function hourRange({ weather }: Config, { from, to }: WeatherOptions): HourRange | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined)
    throw new CommandFailure(exitCodes.wrong, '--to needs --from: the first day or instant to fill.');
  const range = { from: timeGiven('--from', from), to: timeGiven('--to', to ?? new Date().toISOString()) };
  if (Date.parse(range.to) < Date.parse(range.from) || Date.parse(range.from) > Date.now())
    throw new CommandFailure(
      exitCodes.wrong,
      `--from ${from} and --to ${to ?? 'now'} hold no time that has passed.`,
    );
  if (weather && !weather.history)
    throw new CommandFailure(exitCodes.wrong, 'Nothing can be filled: the config has weather.history off.');
  return range;
}

function timeGiven(option: string, given: string): string {
  if (isDay(given)) return given;
  const instant = /T.*(Z|[+-]\d\d:?\d\d)$/.test(given) ? Date.parse(given) : NaN;
  if (Number.isNaN(instant))
    throw new CommandFailure(
      exitCodes.wrong,
      `${option} takes a day (2026-11-24) or an instant (2026-11-24T08:00:00Z), and not "${given}".`,
    );
  return new Date(instant).toISOString();
}
