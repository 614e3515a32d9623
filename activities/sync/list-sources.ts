import type { ConfigReader } from '../../model/config.ts';
import type { Listed } from '../../model/runs.ts';
import { readConfig } from '../config.ts';
import { unknownSource } from '../postgres/endpoints.ts';
import { registeredAttributes } from '../registered-attributes.ts';

/** Lists the sources to sync from the current config: those requested, or all. An unknown source is a final failure. */
export function createListSources(reader: ConfigReader) {
  return async (requested?: readonly string[]): Promise<Listed> => {
    const config = await readConfig(reader);
    for (const source of requested ?? []) if (!config.sources[source]) unknownSource(config, source);
    const names = requested ? [...new Set(requested)] : Object.keys(config.sources);
    return { names, searchAttributes: await registeredAttributes() };
  };
}
