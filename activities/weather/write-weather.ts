import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { ConfigReader } from '../../model/config.ts';
import { localDay } from '../../model/local-hour.ts';
import type { Measure, Observation } from '../../model/weather.ts';
import { dayFile } from '../../model/weather.ts';
import { changeDayFile } from './day-file.ts';
import type { Written } from './day-file.ts';
import { configuredPlace } from './place-service.ts';
import { rowOf, withObservation } from './rows.ts';

export interface WriteWeatherInput {
  readonly place: string;
  readonly measure: Measure;
  readonly observation: Observation;
}

/**
 * The observation as a row of its measure's file, that of the place's day at the observation's own time. A second time
 * it changes nothing.
 */
export function createWriteWeather(reader: ConfigReader) {
  return async ({ place: name, measure, observation }: WriteWeatherInput): Promise<Written> => {
    const { weather, place } = await configuredPlace(reader, name);
    const day = localDay(place.timezone, Date.parse(observation.time));
    const row = rowOf(measure, observation);
    return changeDayFile(
      join(weather.folder, dayFile(name, measure, day)),
      measure,
      Context.current().cancellationSignal,
      (rows) => withObservation(rows, row),
    );
  };
}
