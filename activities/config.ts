import type { Config, ConfigReader } from '../model/config.ts';
import { ConfigError } from '../model/config.ts';
import { createFailure, failureTypes } from '../model/failure.ts';
import type { Secret } from '../model/secret.ts';

/** The config as it stands now. An invalid one is a final failure that names every error. */
export async function readConfig(reader: ConfigReader): Promise<Config> {
  return throwingFailures(() => reader.read());
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

/** The value behind a reference; when there is none, a final failure that names the reference. */
export function reveal(reader: ConfigReader, secret: Secret): Promise<string> {
  return throwingFailures(() => reader.reveal(secret));
}

async function throwingFailures<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw createFailure(failureTypes.badConfig, { causes: [{ problem: error.message }] }, { final: true });
  }
}
