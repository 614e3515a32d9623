import { unknownName } from '../../model/config.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import type { Place, WeatherConfig } from '../../model/weather.ts';
import { readConfig, reveal } from '../postgres/endpoints.ts';
import type { WebService } from './web-service.ts';

/** A place of the config, and what the config says of the weather. */
export interface ConfiguredPlace {
  readonly weather: WeatherConfig;
  readonly place: Place;
}

/** Looks the place up in the config as it stands now. Throws the final failure for one that it does not have. */
export async function configuredPlace(reader: ConfigReader, name: string): Promise<ConfiguredPlace> {
  const { weather } = await readConfig(reader);
  const place = weather?.places.find((each) => each.name === name);
  return weather && place ? { weather, place } : unknownPlace(weather, name);
}

export function unknownPlace(weather: Config['weather'], name: string): never {
  const names = weather?.places.map((place) => place.name) ?? [];
  const problem = unknownName('place', name, names);
  throw createFailure(failureTypes.badConfig, { causes: [{ problem }] }, { final: true });
}

export function openMeteoService({ name }: Place, url: string, timeoutMs: number): WebService {
  return { says: `place "${name}", Open-Meteo`, url, timeoutMs };
}

export async function openWeatherService(
  reader: ConfigReader,
  { name }: Place,
  { url, apiKey }: WeatherConfig,
  timeoutMs: number,
): Promise<WebService & { readonly secret: string }> {
  const secret = apiKey ? await reveal(reader, apiKey) : '';
  return { says: `place "${name}", OpenWeather`, url, timeoutMs, secret };
}
