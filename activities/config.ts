import type { Config, ConfigReader } from '../model/config.ts';
import { ConfigError } from '../model/config.ts';
import { createFailure, failureTypes } from '../model/failure.ts';
import type { Secret } from '../model/secret.ts';

/** The current config. Throws a final failure with every error when it is invalid. */
export async function readConfig(reader: ConfigReader): Promise<Config> {
  return throwingFailures(() => reader.read());
}

/**
 * The current config. While it is invalid: the last valid one, and the errors, so alerts keep working and report the
 * config itself.
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

/** The value of a secret. Throws a final failure that names the reference when it cannot be resolved. */
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
