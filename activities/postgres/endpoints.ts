import type { Config, ConfigReader } from '../../model/config.ts';
import { unknownName } from '../../model/config.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { reveal } from '../config.ts';
import type { Endpoint } from './connection.ts';

/** The source host of that name. */
export async function sourceEndpoint(
  reader: ConfigReader,
  config: Config,
  source: string,
): Promise<Endpoint> {
  const { url } = config.sources[source] ?? unknownSource(config, source);
  return { subject: { source }, url: await reveal(reader, url) };
}

/** The warehouse, as an activity for `source` meets it. */
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

/** Throws the final failure for a source that the config does not have. */
export function unknownSource(config: Config, source: string): never {
  const details = unknownName('source', source, Object.keys(config.sources));
  throw createFailure(failureTypes.badConfig, details, { final: true });
}
