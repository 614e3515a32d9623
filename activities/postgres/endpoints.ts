import type { Config, ConfigReader } from '../../model/config.ts';
import { unknownName } from '../../model/config.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { reveal } from '../config.ts';
import type { Endpoint } from './connect.ts';

/** The endpoint of a source. */
export async function sourceEndpoint(
  reader: ConfigReader,
  config: Config,
  source: string,
): Promise<Endpoint> {
  const { url } = config.sources[source] ?? unknownSource(config, source);
  return { subject: { source }, url: await reveal(reader, url) };
}

/** The endpoint of the warehouse, with `source` in the subject of its failures. */
export async function warehouseEndpoint(
  reader: ConfigReader,
  config: Config,
  source?: string,
): Promise<Endpoint> {
  return {
    subject: { warehouse: true, ...(source !== undefined && { source }) },
    url: await reveal(reader, config.warehouse.url),
  };
}

/** Throws the final failure for a source that is not in the config. */
export function unknownSource(config: Config, source: string): never {
  const details = unknownName('source', source, Object.keys(config.sources));
  throw createFailure(failureTypes.badConfig, details, { final: true });
}
