import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { LogEntry, LogLevel } from '@temporalio/worker';
import { ConfigError } from '../model/config.ts';
import { filesQueue } from '../model/names.ts';
import type { ListenAddress } from './listen-address.ts';
import { formatAddress } from './listen-address.ts';
import { logLine } from './log-line.ts';

/** The buckets of tidehouse_cycle_seconds: a cycle takes from a second to a few hours. */
const cycleBuckets = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200];

/**
 * Installs the runtime that all workers of this process share: a log to stderr with one JSON object per line, shutdown at
 * SIGINT or SIGTERM, and Prometheus metrics at the address `metrics`, if set. Throws a ConfigError when it cannot listen on
 * that address.
 */
export function installRuntime(logLevel: LogLevel, metrics: ListenAddress | undefined): void {
  try {
    Runtime.install({
      logger: new DefaultLogger(logLevel, (entry) => {
        if (!isIntended(entry)) process.stderr.write(`${logLine(entry)}\n`);
      }),
      shutdownSignals: ['SIGINT', 'SIGTERM'],
      telemetryOptions: {
        logging: { filter: makeTelemetryFilterString({ core: logLevel, other: 'ERROR' }), forward: {} },
        ...(metrics && {
          metrics: {
            prometheus: {
              bindAddress: formatAddress(metrics),
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
      `Cannot listen on TIDEHOUSE_METRICS, ${formatAddress(metrics)} (${(error as Error).message}): choose another port, or stop the process that uses it.`,
    ]);
  }
}

/** Whether the SDK warns that a worker runs no workflows, of the queue that has none. */
function isIntended({ message, meta }: LogEntry): boolean {
  return message.startsWith('No workflows registered') && meta?.['taskQueue'] === filesQueue;
}
