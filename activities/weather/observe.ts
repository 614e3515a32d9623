import type { Observation } from '../../model/weather.ts';
import type { Environment } from '../activity.ts';
import { atPlace } from './at-place.ts';
import type { PlaceAttempt } from './at-place.ts';
import { observeOpenMeteo } from './open-meteo.ts';
import { observeOpenWeather } from './openweather.ts';
import { openMeteoService, openWeatherService } from './services.ts';

export interface ObserveInput {
  readonly place: string;
}

/** The activity that fetches the current weather at a place. */
export function createObserve(environment: Environment) {
  return atPlace<ObserveInput, Observation>(environment, observe);
}

/**
 * The current weather at a place, from the configured provider: with the provider's own time, plausible values, and at
 * most two hours old. Throws a temporary failure when another attempt may succeed, otherwise a final one.
 */
async function observe({ weather, place, signal, reveal, timeouts }: PlaceAttempt): Promise<Observation> {
  const { requestMs } = timeouts;
  if (weather.provider === 'open-meteo')
    return observeOpenMeteo(openMeteoService(place, weather.url, requestMs), place, signal);

  const key = weather.apiKey ? await reveal(weather.apiKey) : '';
  return observeOpenWeather(openWeatherService(place, weather.url, key, requestMs), place, signal);
}
