import type { Config, ConfigReader } from '../../model/config.ts';
import type { Secret } from '../../model/secret.ts';
import { ConfigError, unknownName } from '../../model/config.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import type { Endpoint } from './connection.ts';

/** The config as it stands now. An invalid one is a final failure that names every error. */
export async function readConfig(reader: ConfigReader): Promise<Config> {
  return configured(() => reader.read());
}

/**
 * The config as it stands now. While it is invalid: the last valid one, and the error, so that alerts go on and report
 * the config itself.
 */
export async function readConfigOrLast(
  reader: ConfigReader,
): Promise<{ readonly config: Config; readonly configError?: string }> {
  try {
    return { config: await reader.read() };
  } catch (error) {
    const config = reader.lastGood?.();
    if (!(error instanceof ConfigError) || !config) return { config: await readConfig(reader) };
    return { config, configError: error.message };
  }
}

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

/** The value behind a reference; when there is none, a final failure that names the reference. */
export function reveal(reader: ConfigReader, secret: Secret): Promise<string> {
  return configured(() => reader.reveal(secret));
}

async function configured<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw invalidConfig(error.message);
  }
}

function invalidConfig(problem: string): Error {
  return createFailure(failureTypes.badConfig, { causes: [{ problem }] }, { final: true });
}
