import { runScript } from './database.ts';
import type { BenchSource } from './servers.ts';

/** The midnight at which the seeded history ends. */
const start = '2026-01-31';

/** The applications of the sources. They make the same changes in every run of the same scale. */
export interface Application {
  /** Writes ninety days of history; called once. */
  seed(): Promise<void>;
  /** Writes the changes of the next ten minutes. */
  tenMinutes(): Promise<void>;
}

/** Applications with a history of `scale`, and with ten minutes of `tenMinutesScale`. */
export function createApplication(
  sources: readonly BenchSource[],
  scale: number,
  tenMinutesScale = scale,
): Application {
  let round = 0;
  const onAll = (script: string, size: number) =>
    Promise.all(
      sources.map(({ owner }, at) =>
        runScript(owner, script, {
          'bench.source': at + 1,
          'bench.scale': size,
          'bench.start': start,
          'bench.round': round,
        }),
      ),
    );
  return {
    async seed() {
      await onAll('seed.sql', scale);
    },
    async tenMinutes() {
      round++;
      await onAll('ten-minutes.sql', tenMinutesScale);
    },
  };
}
