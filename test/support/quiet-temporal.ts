import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { LogEntry } from '@temporalio/worker';

let installed = false;

/**
 * Steps and replays that fail are what many tests want to see: Temporal's log need not tell, but to a `listener`. To be
 * called before it is used.
 */
export function quietTemporal(listener?: (entry: LogEntry) => void): void {
  if (installed) return;
  Runtime.install({
    logger: listener ? new DefaultLogger('DEBUG', listener) : new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  });
  installed = true;
}
