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
}

/**
 * The config of a command: `option` (`--config`), else TIDEHOUSE_CONFIG, else the config of the `up` running from this
 * checkout, else `tidehouse.yaml` in the current folder.
 */
export function findConfig(option: string | undefined, { env, folder, checkout }: Environment): FoundConfig {
  const up = findRunningUp(checkout);
  const named = option ?? (env['TIDEHOUSE_CONFIG'] || undefined);
  if (named === undefined) return up ? { path: up.config, up } : { path: resolve(folder, 'tidehouse.yaml') };
  const path = resolve(folder, named);
  return up?.config === path ? { path, up } : { path };
}
