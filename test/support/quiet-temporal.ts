import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { LogEntry } from '@temporalio/worker';

let installed = false;

/**
 * Many tests make activities and replays fail on purpose; without a `listener`, Temporal logs only errors. To be
 * called before Temporal is used.
 */
export function quietTemporal(listener?: (entry: LogEntry) => void): void {
  if (installed) return;
  Runtime.install({
    logger: listener ? new DefaultLogger('DEBUG', listener) : new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  });
  installed = true;
}
