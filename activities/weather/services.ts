import type { Place } from '../../model/weather.ts';
import type { WebService } from './web-service.ts';

/** Open-Meteo at `url`, as the place uses it. */
export function openMeteoService({ name }: Place, url: string, timeoutMs: number): WebService {
  return { place: name, name: 'Open-Meteo', url, timeoutMs };
}

/** OpenWeather at `url`, as the place uses it with the key. */
export function openWeatherService(
  { name }: Place,
  url: string,
  key: string,
  timeoutMs: number,
): WebService & { readonly secret: string } {
  return { place: name, name: 'OpenWeather', url, timeoutMs, secret: key };
}
