import { existsSync } from 'node:fs';
import { ConfigError } from '../../model/config.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import { packageRoot } from '../../activities/package-root.ts';
import { configReader } from '../../worker/config-reader.ts';
import type { FoundConfig } from './find-config.ts';
import { findConfig } from './find-config.ts';
import type { Printer } from '../terminal/printer.ts';

/** The environment of a command that works with Temporal. */
export interface TemporalContext {
  readonly found: FoundConfig;
  readonly printer: Printer;
  /** The config at the start of the command; absent when it is invalid or missing. */
  readonly config?: Config;
}

/** The environment of a command that works with the config. */
export interface Context extends TemporalContext {
  readonly reader: ConfigReader;
  readonly config: Config;
}

/** The location of a command's config, before it is read. */
export interface Location {
  readonly found: FoundConfig;
  readonly printer: Printer;
  /** Reads the config. Throws a ConfigError. */
  open(): Promise<Context>;
  /** Reads the config, and returns the ConfigError of an invalid or missing one. */
  tryOpen(): Promise<Context | ConfigError>;
}

/**
 * Finds the config of a command. `option` is the value of `--config`. Logs when a running `up` is used although there is
 * something else to use.
 */
export function locate(option: string | undefined, printer: Printer): Location {
  const found = findConfig(option, { env: process.env, folder: process.cwd(), checkout: packageRoot });
  if (found.unused)
    printer.log(
      `Using the config and the Temporal server of the running "tidehouse up" instead of ${found.unused.join(' and ')}. To use your own, add --config tidehouse.yaml.`,
    );
  const open = async () => {
    if (option === undefined && !found.up && !process.env['TIDEHOUSE_CONFIG'] && !existsSync(found.path))
      throw new ConfigError([
        `There is no config: ${found.path} does not exist, and no "tidehouse up" is running from this checkout. Run npm start, give a config with --config, or write one from the example in the README.`,
      ]);
    const reader = configReader(found.path, process.env);
    return { found, reader, config: await reader.read(), printer };
  };
  return {
    found,
    printer,
    open,
    tryOpen: () =>
      open().catch((error: unknown) => {
        if (error instanceof ConfigError) return error;
        throw error;
      }),
  };
}

/** The error of a config in one line, for a command that continues without it. */
export function firstError({ errors }: ConfigError): string {
  const more =
    errors.length > 1 ? ` (the first of ${errors.length} errors; to see all: tidehouse doctor)` : '';
  return `${errors[0]}${more}`;
}
