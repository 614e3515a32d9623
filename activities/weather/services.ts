import type { Place } from '../../model/weather.ts';
import type { WebService } from './web-service.ts';

/** Open-Meteo at `url`, for a place. */
export function openMeteoService({ name }: Place, url: string, timeoutMs: number): WebService {
  return { place: name, name: 'Open-Meteo', url, timeoutMs };
}

/** OpenWeather at `url`, for a place, with its key. */
export function openWeatherService(
  { name }: Place,
  url: string,
  key: string,
  timeoutMs: number,
): WebService & { readonly secret: string } {
  return { place: name, name: 'OpenWeather', url, timeoutMs, secret: key };
}
