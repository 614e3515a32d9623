import type { ConfigReader } from '../../model/config.ts';
import type { Listed } from '../../model/runs.ts';
import { readConfig } from '../config.ts';
import { registeredAttributes } from '../registered-attributes.ts';
import { unknownPlace } from './at-place.ts';

/** The activity that lists the places of a run from the current config. */
export function createListPlaces(reader: ConfigReader) {
  return (requested?: readonly string[]) => listPlaces(reader, requested);
}

/** The names of the places in the config: those requested, or all. An unknown place is a final failure. */
async function listPlaces(reader: ConfigReader, requested?: readonly string[]): Promise<Listed> {
  const config = await readConfig(reader);
  const names = config.weather?.places.map(({ name }) => name) ?? [];
  const unknown = requested?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw unknownPlace(config, unknown);
  return {
    names: requested ? [...new Set(requested)] : names,
    searchAttributes: await registeredAttributes(),
  };
}
