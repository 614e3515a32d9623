import type { ConfigReader } from '../../model/config.ts';
import { readConfig } from '../postgres/endpoints.ts';
import { unknownPlace } from './at-place.ts';

/** The activity that lists the places of a run, with the config as it stands now. */
export function createListPlaces(reader: ConfigReader) {
  return (asked?: readonly string[]) => listPlaces(reader, asked);
}

/** The names of the places in the config: those asked for, or all. An unknown place is a final failure. */
async function listPlaces(reader: ConfigReader, asked?: readonly string[]): Promise<string[]> {
  const config = await readConfig(reader);
  const names = config.weather?.places.map(({ name }) => name) ?? [];
  const unknown = asked?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw unknownPlace(config, unknown);
  return asked ? [...new Set(asked)] : names;
}
