import { z } from 'zod';
import type { Observation, Place } from '../../model/weather.ts';
import { current, plausible, shaped } from './plausible.ts';
import { getJson } from './web-service.ts';
import type { WebService } from './web-service.ts';

const response = z.object({
  /** The time of the observation, in seconds since 1970. */
  dt: z.number(),
  main: z.object({
    temp: z.number(),
    feels_like: z.number(),
    temp_min: z.number(),
    temp_max: z.number(),
    pressure: z.number(),
  }),
  wind: z.object({ speed: z.number(), deg: z.number(), gust: z.number().nullish() }),
});

/** The current weather, from OpenWeather's `data/2.5/weather` (https://openweathermap.org/current), in metric units. Throws the failures of `getJson`, `shaped`, `plausible` and `current`. */
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
  const values = { temp, feels_like, temp_min, temp_max, pressure, ...wind, gust: wind.gust ?? null };
  return current(service, plausible(service, 'openweather', dt * 1000, values), Date.now());
}
