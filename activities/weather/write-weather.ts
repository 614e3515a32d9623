import { localDay } from '../../model/local-hour.ts';
import type { Measure, Observation } from '../../model/weather.ts';
import type { Environment } from '../activity.ts';
import { atPlace } from './at-place.ts';
import type { PlaceAttempt } from './at-place.ts';
import { changeDayFile } from './day-file.ts';
import type { Written } from './day-file.ts';
import { dayFileOf } from './read-day-file.ts';
import { rowOf, withObservation } from './rows.ts';

export interface WriteWeatherInput {
  readonly place: string;
  readonly measure: Measure;
  readonly observation: Observation;
}

/** The activity that writes an observation into the file of one measure. */
export function createWriteWeather(environment: Environment) {
  return atPlace(environment, writeWeather);
}

/**
 * Writes the observation as a row of the measure's file for the place's day at the time of the observation. Writing the
 * same observation again changes nothing.
 */
async function writeWeather(
  { weather, place, signal }: PlaceAttempt,
  { measure, observation }: WriteWeatherInput,
): Promise<Written> {
  const day = localDay(place.timezone, Date.parse(observation.time));
  const file = dayFileOf(weather.folder, place.name, measure, day);
  const row = rowOf(measure, observation);
  return changeDayFile(file, signal, (rows) => withObservation(rows, row));
}
