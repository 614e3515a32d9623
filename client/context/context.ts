import { existsSync } from 'node:fs';
import { ConfigError } from '../../model/config.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import { packageRoot } from '../../activities/package-root.ts';
import { configReader } from '../../worker/config-reader.ts';
import type { FoundConfig } from './find-config.ts';
import { findConfig } from './find-config.ts';
import type { Printer } from '../terminal/printer.ts';

/** The environment of a command that works with the config. */
export interface Context {
  readonly found: FoundConfig;
  readonly reader: ConfigReader;
  /** The config at the start of the command. */
  readonly config: Config;
  readonly printer: Printer;
}

/** The location of a command's config, before it is read. */
export interface Location {
  readonly found: FoundConfig;
  readonly printer: Printer;
  /** Reads the config. Throws a ConfigError. */
  open(): Promise<Context>;
}

/** Finds the config of a command. `option` is the value of `--config`. */
export function locate(option: string | undefined, printer: Printer): Location {
  const found = findConfig(option, { env: process.env, folder: process.cwd(), checkout: packageRoot });
  return {
    found,
    printer,
    async open() {
      if (option === undefined && !found.up && !process.env['TIDEHOUSE_CONFIG'] && !existsSync(found.path))
        throw new ConfigError([
          `There is no config: ${found.path} does not exist, and no "tidehouse up" is running from this checkout. Run npm start, give a config with --config, or write one from the example in the README.`,
        ]);
      const reader = configReader(found.path, process.env);
      return { found, reader, config: await reader.read(), printer };
    },
  };
}
