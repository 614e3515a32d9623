import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { reveal } from '../../activities/config.ts';
import { observeOpenMeteo } from '../../activities/weather/open-meteo.ts';
import { observeOpenWeather } from '../../activities/weather/openweather.ts';
import { openMeteoService, openWeatherService } from '../../activities/weather/services.ts';
import type { ConfigReader } from '../../model/config.ts';
import type { Place, WeatherConfig } from '../../model/weather.ts';
import { formatTime } from '../../model/time.ts';
import type { Check } from './check.ts';
import { checking, ok } from './check.ts';

/** Checks that the weather service has a current observation for the place. */
export async function checkPlace(
  reader: ConfigReader,
  weather: WeatherConfig,
  place: Place,
): Promise<Check[]> {
  const subject = `weather of ${place.name}`;
  return checking(subject, async () => {
    const { requestMs } = defaultTimeouts;
    const signal = AbortSignal.timeout(requestMs);
    const key = weather.apiKey ? await reveal(reader, weather.apiKey) : '';
    const { time } =
      weather.provider === 'openweather'
        ? await observeOpenWeather(openWeatherService(place, weather.url, key, requestMs), place, signal)
        : await observeOpenMeteo(openMeteoService(place, weather.url, requestMs), place, signal);
    return [
      ok(subject, `the service at ${new URL(weather.url).host} has an observation from ${formatTime(time)}`),
    ];
  });
}
