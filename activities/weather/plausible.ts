import type { z } from 'zod';
import type { Column, Observation, Provider } from '../../model/weather.ts';
import { hourMs } from '../../model/local-hour.ts';
import type { WebService } from './web-service.ts';
import { noObservation } from './web-service.ts';

/** What the earth's surface has seen, and a little more (WMO's records: -89.2 to 56.7 °C; 113 m/s in a gust). */
const bounds: Readonly<Record<Column, readonly [number, number]>> = {
  temp: [-95, 65],
  feels_like: [-130, 90],
  temp_min: [-95, 65],
  temp_max: [-95, 65],
  // At sea level 870 to 1084 hPa were seen; some stations give their own level's.
  pressure: [300, 1_100],
  speed: [0, 125],
  deg: [0, 360],
  gust: [0, 150],
};

/** An observation older than this says nothing about now; one from the future says that some clock is wrong. */
const oldestMs = 2 * hourMs;
const clockSkewMs = 10 * 60_000;

/** The observation at `time` (ms), whose values could be true. Throws the failure that says which one could not. */
export function plausible(
  service: WebService,
  provider: Provider,
  time: number,
  values: Readonly<Record<Column, number | null>>,
): Observation {
  for (const [column, [least, most]] of Object.entries(bounds)) {
    const value = values[column as Column];
    if (value !== null && !(value >= least && value <= most))
      throw noObservation(service, `gives ${column} as ${value}, which cannot be (${least} to ${most})`);
  }
  if (!Number.isSafeInteger(time) || Math.abs(time) > 8.64e15)
    throw noObservation(service, `gives the time ${time}, which is none`);
  return { time: new Date(time).toISOString(), provider, values };
}

/** Throws the failure that says so when an observation is not one of now. */
export function current(service: WebService, observation: Observation, now: number): Observation {
  const age = now - Date.parse(observation.time);
  if (age > oldestMs)
    throw noObservation(service, `has nothing newer than ${observation.time}, more than two hours ago`);
  if (age < -clockSkewMs)
    throw noObservation(
      service,
      `gives an observation of ${observation.time}, which is yet to come; see its clock and ours`,
    );
  return observation;
}

/** `answer` in the shape that the service has promised. Throws the failure that names what is amiss. */
export function shaped<T>(service: WebService, shape: z.ZodType<T>, answer: unknown): T {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  const amiss = parsed.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`);
  throw noObservation(service, `answered in another shape than it promises (${amiss.join('; ')})`);
}
