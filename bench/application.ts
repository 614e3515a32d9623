import { runScript } from './database.ts';
import type { Host } from './servers.ts';

/** The midnight up to which the hosts have a history. */
const start = '2026-01-31';

/** What the applications on the hosts do: the same at every run of the same scale. */
export interface Application {
  /** Ninety days, once. */
  fill(): Promise<void>;
  /** The next ten minutes. */
  tenMinutes(): Promise<void>;
}

export function createApplication(hosts: readonly Host[], scale: number): Application {
  let round = 0;
  const onAll = (script: string) =>
    Promise.all(
      hosts.map(({ owner }, at) =>
        runScript(owner, script, {
          'bench.host': at + 1,
          'bench.scale': scale,
          'bench.start': start,
          'bench.round': round,
        }),
      ),
    );
  return {
    async fill() {
      await onAll('seed.sql');
    },
    async tenMinutes() {
      round++;
      await onAll('ten-minutes.sql');
    },
  };
}
