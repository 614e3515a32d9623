import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { LogLevel } from '@temporalio/worker';
import { ConfigError } from '../model/config.ts';
import type { ListenAddress } from './listen-address.ts';
import { sayAddress } from './listen-address.ts';
import { logLine } from './log-line.ts';

/** From a second to some hours, for what a cycle takes. */
const cycleBuckets = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200];

/**
 * What all workers of this process stand on: the log, one JSON object a line on stderr, whoever says it; an end at
 * SIGINT or SIGTERM; and with `metrics`, Prometheus metrics there. Throws a ConfigError when nothing can listen there.
 */
export function installRuntime(logLevel: LogLevel, metrics: ListenAddress | undefined): void {
  try {
    Runtime.install({
      logger: new DefaultLogger(logLevel, (entry) => void process.stderr.write(`${logLine(entry)}\n`)),
      shutdownSignals: ['SIGINT', 'SIGTERM'],
      telemetryOptions: {
        logging: { filter: makeTelemetryFilterString({ core: logLevel, other: 'ERROR' }), forward: {} },
        ...(metrics && {
          metrics: {
            prometheus: {
              bindAddress: sayAddress(metrics),
              useSecondsForDurations: true,
              histogramBucketOverrides: { tidehouse_cycle_seconds: cycleBuckets },
            },
          },
        }),
      },
    });
  } catch (error) {
    if (!metrics) throw error;
    throw new ConfigError([
      `Nothing can listen on TIDEHOUSE_METRICS, ${sayAddress(metrics)} (${(error as Error).message}); choose another port, or end what listens there.`,
    ]);
  }
}
