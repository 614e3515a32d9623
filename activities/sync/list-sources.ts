import type { ConfigReader } from '../../model/config.ts';
import { readConfig } from '../config.ts';
import { unknownSource } from '../postgres/endpoints.ts';

/** The names of the sources to sync, by the config as it stands now: the requested ones, or all. An unknown one is a final failure. */
export function createListSources(reader: ConfigReader) {
  return async (requested?: readonly string[]): Promise<string[]> => {
    const config = await readConfig(reader);
    for (const source of requested ?? []) if (!config.sources[source]) unknownSource(config, source);
    return requested ? [...new Set(requested)] : Object.keys(config.sources);
  };
}
