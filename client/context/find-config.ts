import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RunningUp } from './running-up.ts';
import { findRunningUp } from './running-up.ts';

export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder in which the command was started. */
  readonly folder: string;
  readonly checkout: string;
}

export interface FoundConfig {
  readonly path: string;
  /** The running `up` of the config. If set, Temporal's address comes only from the file of that `up`. */
  readonly up?: RunningUp;
  /** What would be used if that `up` were not running: the name of the file and of environment variables. */
  readonly unused?: readonly string[];
}

/** Names a config for people: its path, and the `up` that it belongs to. */
export function configLabel({ path, up }: FoundConfig): string {
  return up ? `${path}, of the running "tidehouse up"` : path;
}

/** The file in the current folder that is the config when nothing else is. */
const defaultFile = 'tidehouse.yaml';

/** The environment variables that choose a Temporal server. */
const temporalVariables = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_PROFILE',
  'TEMPORAL_CONFIG_FILE',
];

/**
 * The config of a command: `option` (`--config`), else TIDEHOUSE_CONFIG, else the config of the `up` running from this
 * checkout, else `tidehouse.yaml` in the current folder.
 */
export function findConfig(option: string | undefined, environment: Environment): FoundConfig {
  const { env, folder, checkout } = environment;
  const up = findRunningUp(checkout);
  const named = option ?? (env['TIDEHOUSE_CONFIG'] || undefined);
  if (named === undefined) {
    if (!up) return { path: resolve(folder, defaultFile) };
    const unused = unusedBecauseOf(up, environment);
    return { path: up.config, up, ...(unused.length > 0 && { unused }) };
  }
  const path = resolve(folder, named);
  return up?.config === path ? { path, up } : { path };
}

function unusedBecauseOf(up: RunningUp, { env, folder }: Environment): string[] {
  const own = resolve(folder, defaultFile);
  return [
    ...(own !== up.config && existsSync(own) ? [`./${defaultFile}`] : []),
    ...temporalVariables.filter((name) => env[name]),
  ];
}
