import { Context } from '@temporalio/activity';
import type { ConfigReader } from '../../model/config.ts';
import type { Observation } from '../../model/weather.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { observeOpenMeteo } from './open-meteo.ts';
import { observeOpenWeather } from './openweather.ts';
import { configuredPlace, openMeteoService, openWeatherService } from './place-service.ts';

export interface ObserveInput {
  readonly place: string;
}

/**
 * The weather at a place now, from the provider that the config names: its own time, plausible values, not older than
 * two hours. Throws a passing failure when another time may cure it, a final one when somebody has to.
 */
export function createObserve(reader: ConfigReader, { requestMs }: Timeouts) {
  return async ({ place: name }: ObserveInput): Promise<Observation> => {
    const { cancellationSignal } = Context.current();
    const { weather, place } = await configuredPlace(reader, name);
    return weather.provider === 'openweather'
      ? observeOpenWeather(
          await openWeatherService(reader, place, weather, requestMs),
          place,
          cancellationSignal,
        )
      : observeOpenMeteo(openMeteoService(place, weather.url, requestMs), place, cancellationSignal);
  };
}
