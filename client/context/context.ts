import { existsSync } from 'node:fs';
import { ConfigError } from '../../model/config.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import { packageRoot } from '../../activities/package-root.ts';
import { configReader } from '../../worker/config-reader.ts';
import type { FoundConfig } from './find-config.ts';
import { findConfig } from './find-config.ts';
import type { Printer } from '../terminal/printer.ts';

/** What every command is given. */
export interface Context {
  readonly found: FoundConfig;
  readonly reader: ConfigReader;
  /** As it was when the command started. */
  readonly config: Config;
  readonly printer: Printer;
}

/** Where a command's config is, before it is read. */
export interface Location {
  readonly found: FoundConfig;
  readonly printer: Printer;
  /** Reads the config. Throws a ConfigError. */
  open(): Promise<Context>;
}

/** Finds the config that a command works with, `asked` being what `--config` names. */
export function locate(asked: string | undefined, printer: Printer): Location {
  const found = findConfig(asked, { env: process.env, folder: process.cwd(), checkout: packageRoot });
  return {
    found,
    printer,
    async open() {
      if (asked === undefined && !found.up && !process.env['TIDEHOUSE_CONFIG'] && !existsSync(found.path))
        throw new ConfigError([
          `No "tidehouse up" runs on this checkout, and there is no ${found.path}; start one (npm start), name a config with --config, or write one from the example in the README.`,
        ]);
      const reader = configReader(found.path, process.env);
      return { found, reader, config: await reader.read(), printer };
    },
  };
}

/** Finds and reads the config, so that a mistake in it is told before anything is connected. Throws a ConfigError. */
export function openContext(asked: string | undefined, printer: Printer): Promise<Context> {
  return locate(asked, printer).open();
}
