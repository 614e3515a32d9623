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
  /** As it was when the command started. */
  readonly config: Config;
  readonly printer: Printer;
}

/** Where the config of a command is, before it is read. */
export interface Location {
  readonly found: FoundConfig;
  readonly printer: Printer;
  /** Reads the config. Throws a ConfigError. */
  open(): Promise<Context>;
}

/** Finds the config that a command works with. `asked` is the value of `--config`. */
export function locate(asked: string | undefined, printer: Printer): Location {
  const found = findConfig(asked, { env: process.env, folder: process.cwd(), checkout: packageRoot });
  return {
    found,
    printer,
    async open() {
      if (asked === undefined && !found.up && !process.env['TIDEHOUSE_CONFIG'] && !existsSync(found.path))
        throw new ConfigError([
          `There is no config: ${found.path} does not exist, and no "tidehouse up" is running from this checkout. Start one (npm start), name a config with --config, or write one from the example in the README.`,
        ]);
      const reader = configReader(found.path, process.env);
      return { found, reader, config: await reader.read(), printer };
    },
  };
}
