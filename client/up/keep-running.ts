import { setTimeout as pause } from 'node:timers/promises';
import { formatDuration } from '../../model/duration.ts';
import type { PostgresServer } from '../../local/postgres/server.ts';

/** A server that is started again when it has ended. */
export interface Restartable {
  readonly name: string;
  readonly server: Pick<PostgresServer, 'pid' | 'exited'>;
  readonly restart: () => Promise<Pick<PostgresServer, 'pid' | 'exited'>>;
}

/** How long an outage lasts: as long as people need to see it. */
const outageMs = 30_000;

/** Starts the server again each time that it ends, after a while, until `stop` aborts or it does not start. */
export async function keepRunning(
  { name, server, restart }: Restartable,
  log: (line: string) => void,
  stop: AbortSignal,
  afterMs = outageMs,
): Promise<void> {
  for (let running = server; ;) {
    const { signal, code } = await running.exited;
    if (stop.aborted) return;
    const { pid } = running;
    log(
      `${name} (process ${pid}) has ended (${signal ?? `code ${code}`}). Everything else goes on. It is started again in ${formatDuration(afterMs / 1000)}.`,
    );
    const isDue = await pause(afterMs, true, { signal: stop }).catch(() => false);
    if (!isDue) return;
    try {
      running = await restart();
    } catch (error) {
      log(`${name} does not start again: ${(error as Error).message} Press Ctrl-C and start again.`);
      return;
    }
    log(`${name} is running again (process ${running.pid}). To see it catch up: ./tidehouse status`);
  }
}
