import type { Config } from '../../model/config.ts';
import { isDay } from '../../model/local-hour.ts';
import type { HourRange } from '../../model/runs.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { knownNames } from './known-names.ts';
import { runAndReport } from './run-and-report.ts';
import { startWeather } from './start.ts';
import { renderWeather, weatherFailures, weatherReport } from './weather-report.ts';

export interface WeatherOptions {
  /** The places to observe; all when absent. */
  readonly place: readonly string[] | undefined;
  /** A day of the place, or an instant, from which to fill hours instead of observing. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly noWait: boolean;
}

const noPlace =
  'The config has no place. Add one under weather.places, for example { name: minsk, latitude: 53.893009, longitude: 27.567444, timezone: Europe/Minsk }.';

/** Observes the places now, or fills the missing hours of their files, and waits for the end of the run. */
export async function weather(context: Context, { place, noWait, ...range }: WeatherOptions): Promise<void> {
  const known = context.config.weather?.places.map(({ name }) => name) ?? [];
  const places = place && knownNames('place', place, known);
  const hours = hourRange(context.config, range);
  if (known.length === 0) throw new CommandFailure(exitCodes.invalid, noPlace);
  await runAndReport(context, noWait, {
    start: (client) => startWeather(client, { places, hours }),
    report(_, run, ending, seconds) {
      const document = weatherReport(run, ending, seconds);
      const failures = weatherFailures(document, ending);
      return Promise.resolve({ document, text: () => renderWeather(document), failures });
    },
  });
}

function hourRange(
  { weather }: Config,
  { from, to }: Pick<WeatherOptions, 'from' | 'to'>,
): HourRange | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined)
    throw new CommandFailure(exitCodes.invalid, '--to requires --from, the first day or instant to fill.');
  const range = { from: parseTime('--from', from), to: parseTime('--to', to ?? new Date().toISOString()) };
  if (Date.parse(range.from) > Date.now())
    throw new CommandFailure(exitCodes.invalid, `--from ${from} is in the future.`);
  if (Date.parse(range.to) < Date.parse(range.from))
    throw new CommandFailure(exitCodes.invalid, `--to ${to ?? 'now'} is before --from ${from}.`);
  if (weather && !weather.history)
    throw new CommandFailure(
      exitCodes.invalid,
      'Missing hours cannot be filled: the config has weather.history: off.',
    );
  return range;
}

function parseTime(option: string, value: string): string {
  if (isDay(value)) return value;
  const instant = /T.*(Z|[+-]\d\d:?\d\d)$/.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(instant))
    throw new CommandFailure(
      exitCodes.invalid,
      `${option} takes a day (2026-11-24) or an instant (2026-11-24T08:00:00Z), not "${value}".`,
    );
  return new Date(instant).toISOString();
}
