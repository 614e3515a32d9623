import type { ConfigReader } from '../../model/config.ts';
import { readConfig } from '../config.ts';
import { unknownSource } from '../postgres/endpoints.ts';

/** Lists the sources to sync from the current config: those requested, or all. An unknown source is a final failure. */
export function createListSources(reader: ConfigReader) {
  return async (requested?: readonly string[]): Promise<string[]> => {
    const config = await readConfig(reader);
    for (const source of requested ?? []) if (!config.sources[source]) unknownSource(config, source);
    return requested ? [...new Set(requested)] : Object.keys(config.sources);
  };
}
