import type { z } from 'zod';
import type { Column, Observation, Provider } from '../../model/weather.ts';
import { hourMs } from '../../model/local-hour.ts';
import type { WebService } from './web-service.ts';
import { noObservation } from './web-service.ts';

/** The extremes measured on the Earth's surface, with a margin (WMO records: -89.2 to 56.7 °C; a gust of 113 m/s). */
const bounds: Readonly<Record<Column, readonly [number, number]>> = {
  temp: [-95, 65],
  feels_like: [-130, 90],
  temp_min: [-95, 65],
  temp_max: [-95, 65],
  // The records at sea level are 870 and 1084 hPa; some stations report the pressure at their own altitude.
  pressure: [300, 1_100],
  speed: [0, 125],
  deg: [0, 360],
  gust: [0, 150],
};

/** An observation older than this is not the current weather. */
const maxAgeMs = 2 * hourMs;
const maxClockSkewMs = 10 * 60_000;

/** The observation at `time` (ms since 1970). Throws a failure that names the first value out of its range. */
export function plausible(
  service: WebService,
  provider: Provider,
  time: number,
  values: Readonly<Record<Column, number | null>>,
): Observation {
  for (const [column, [min, max]] of Object.entries(bounds)) {
    const value = values[column as Column];
    if (value !== null && !(value >= min && value <= max))
      throw noObservation(
        service,
        `${service.name} reports ${column} ${value}, which is out of range (${min} to ${max})`,
      );
  }
  if (!Number.isSafeInteger(time) || Math.abs(time) > 8.64e15)
    throw noObservation(service, `${service.name} reports an invalid timestamp (${time} ms)`);
  return { time: new Date(time).toISOString(), provider, values };
}

/** The observation, if it is current at `now` (ms since 1970). Throws a failure for an old or a future one. */
export function current(service: WebService, observation: Observation, now: number): Observation {
  const age = now - Date.parse(observation.time);
  if (age > maxAgeMs)
    throw noObservation(
      service,
      `the latest observation of ${service.name} is from ${observation.time}, more than two hours ago`,
    );
  if (age < -maxClockSkewMs)
    throw noObservation(
      service,
      `${service.name} reports an observation from the future (${observation.time})`,
      'Check the clock of the worker.',
    );
  return observation;
}

/** `response` in the service's documented shape. Throws a failure that names up to three deviations. */
export function shaped<T>(service: WebService, shape: z.ZodType<T>, response: unknown): T {
  const parsed = shape.safeParse(response);
  if (parsed.success) return parsed.data;
  const deviations = parsed.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'the document'}: ${message}`);
  throw noObservation(
    service,
    `the response of ${service.name} has an unexpected shape (${deviations.join('; ')})`,
  );
}
