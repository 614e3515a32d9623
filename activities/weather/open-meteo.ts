import { z } from 'zod';
import type { Column, Observation, Place } from '../../model/weather.ts';
import { current, plausible, shaped } from './plausible.ts';
import { getJson } from './web-service.ts';
import type { WebService } from './web-service.ts';

/**
 * Open-Meteo's names for the columns (https://open-meteo.com/en/docs). It has no minimum and maximum for an instant, so
 * both are the temperature.
 */
const variables = {
  temp: 'temperature_2m',
  feels_like: 'apparent_temperature',
  temp_min: 'temperature_2m',
  temp_max: 'temperature_2m',
  pressure: 'pressure_msl',
  speed: 'wind_speed_10m',
  deg: 'wind_direction_10m',
  gust: 'wind_gusts_10m',
} as const satisfies Readonly<Record<Column, string>>;

const requested = [...new Set(Object.values(variables))].join(',');
const units = { wind_speed_unit: 'ms', timezone: 'GMT', timeformat: 'unixtime' } as const;

const now = z.object({ current: z.looseObject({ time: z.number() }) });
const past = z.object({ hourly: z.looseObject({ time: z.array(z.number()) }) });
const value = z.number().nullable();
const series = z.array(value);

/** The current weather by Open-Meteo's model. Throws the failures of `getJson`, `shaped`, `plausible` and `current`. */
export async function observeOpenMeteo(
  service: WebService,
  place: Place,
  signal: AbortSignal,
): Promise<Observation> {
  const params = { ...pointOf(place), ...units, current: requested };
  const response = shaped(service, now, await getJson(service, '/v1/forecast', params, signal)).current;
  const values = byColumn((name) => shaped(service, value, response[name] ?? null));
  if (values.temp === null) shaped(service, z.object({ temperature_2m: z.number() }), response);
  return current(service, plausible(service, 'open-meteo', response.time * 1000, values), Date.now());
}

/**
 * The weather at each whole UTC hour from one UTC day (`2026-11-24`) to another, both included: for the last three months
 * from recent runs of Open-Meteo's models, for earlier days from its archive. Hours not available yet are left out.
 */
export async function openMeteoHours(
  services: { readonly recent: WebService; readonly archive: WebService },
  place: Place,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<Observation[]> {
  const isRecent = Date.now() - Date.parse(from) < recentDays * 86_400_000;
  const [service, path] = isRecent ? [services.recent, '/v1/forecast'] : [services.archive, '/v1/archive'];
  const params = { ...pointOf(place), ...units, hourly: requested, start_date: from, end_date: to };
  const { hourly } = shaped(service, past, await getJson(service, path, params, signal));
  const columns = byColumn((name) => shaped(service, series.nullish(), hourly[name]) ?? []);
  return hourly.time.flatMap((time, at) => {
    const values = Object.fromEntries(
      Object.entries(columns).map(([column, list]) => [column, list[at] ?? null]),
    ) as Record<Column, number | null>;
    return values.temp === null ? [] : [plausible(service, 'open-meteo', time * 1000, values)];
  });
}

/** The recent service goes back 92 days; this leaves a margin. */
const recentDays = 90;

function pointOf({ latitude, longitude }: Place) {
  return { latitude, longitude };
}

function byColumn<T>(valueOf: (name: string) => T): Record<Column, T> {
  return Object.fromEntries(
    Object.entries(variables).map(([column, name]) => [column, valueOf(name)]),
  ) as Record<Column, T>;
}
