import type { ConfigReader } from '../../model/config.ts';
import { readConfig } from '../postgres/endpoints.ts';
import { unknownPlace } from './place-service.ts';

/** The names of the places to look after, by the config as it stands now: those asked for, or all. An unknown one is a final failure. */
export function createListPlaces(reader: ConfigReader) {
  return async (asked?: readonly string[]): Promise<string[]> => {
    const { weather } = await readConfig(reader);
    const names = weather?.places.map(({ name }) => name) ?? [];
    for (const name of asked ?? []) if (!names.includes(name)) unknownPlace(weather, name);
    return asked ? [...new Set(asked)] : names;
  };
}
