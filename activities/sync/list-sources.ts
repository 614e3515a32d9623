import type { ConfigReader } from '../../model/config.ts';
import { readConfig, unknownSource } from '../postgres/endpoints.ts';

/** The names of the sources to sync, by the config as it stands now: those asked for, or all. An unknown one is a final failure. */
export function createListSources(reader: ConfigReader) {
  return async (asked?: readonly string[]): Promise<string[]> => {
    const config = await readConfig(reader);
    for (const source of asked ?? []) if (!config.sources[source]) unknownSource(config, source);
    return asked ? [...new Set(asked)] : Object.keys(config.sources);
  };
}
