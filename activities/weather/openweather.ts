import { z } from 'zod';
import type { Observation, Place } from '../../model/weather.ts';
import { current, plausible, shaped } from './plausible.ts';
import { getJson } from './web-service.ts';
import type { WebService } from './web-service.ts';

/** What stations do not all report. */
const optional = z
  .number()
  .nullish()
  .transform((value) => value ?? null);

const response = z.object({
  /** The time of the observation, in seconds since 1970. */
  dt: z.number(),
  main: z.object({
    temp: z.number(),
    feels_like: optional,
    temp_min: optional,
    temp_max: optional,
    pressure: optional,
  }),
  // In calm weather there may be no direction, or no wind at all.
  wind: z
    .object({ speed: optional, deg: optional, gust: optional })
    .nullish()
    .transform((wind) => wind ?? { speed: null, deg: null, gust: null }),
});

/**
 * The current weather, from OpenWeather's `data/2.5/weather` (https://openweathermap.org/current), in metric units. Throws
 * the failures of `getJson`, `shaped`, `plausible` and `current`.
 */
export async function observeOpenWeather(
  service: WebService & { readonly secret: string },
  { latitude, longitude }: Place,
  signal: AbortSignal,
): Promise<Observation> {
  const params = { lat: latitude, lon: longitude, units: 'metric', appid: service.secret };
  const { dt, main, wind } = shaped(
    service,
    response,
    await getJson(service, '/data/2.5/weather', params, signal),
  );
  const { temp, feels_like, temp_min, temp_max, pressure } = main;
  const values = { temp, feels_like, temp_min, temp_max, pressure, ...wind };
  return current(service, plausible(service, 'openweather', dt * 1000, values), Date.now());
}
