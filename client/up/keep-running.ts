import { setTimeout as pause } from 'node:timers/promises';
import { formatDuration } from '../../model/duration.ts';
import type { Exit } from '../../local/process/server-process.ts';
import type { PostgresServer } from '../../local/postgres/server.ts';

/** A server that is started again when it has ended. */
export interface Restartable {
  readonly name: string;
  readonly server: Server;
  readonly restart: () => Promise<Server>;
}

type Server = Pick<PostgresServer, 'pid' | 'exited' | 'isStopping' | 'stop'>;

/** How long an outage lasts: as long as people need to see it. */
const outageMs = 30_000;

/** How often it is seen whether a server shuts down. */
const lookEveryMs = 1_000;

/** Starts the server again each time that it ends, after a while, until `stop` aborts or it does not start. */
export async function keepRunning(
  { name, server, restart }: Restartable,
  log: (line: string) => void,
  stop: AbortSignal,
  afterMs = outageMs,
): Promise<void> {
  for (let running = server; ;) {
    const { signal, code } = await ending(running);
    if (stop.aborted) return;
    const { pid } = running;
    const how = signal ?? (code === 0 ? 'it was shut down' : `code ${code}`);
    log(
      `${name} (process ${pid}) has ended (${how}). Everything else goes on. It is started again in ${formatDuration(afterMs / 1000)}.`,
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

/**
 * Waits until the server has ended. Asked with SIGTERM, it would refuse connections as long as the demo keeps its own open, so
 * it is made to end.
 */
async function ending({ exited, isStopping, stop }: Server): Promise<Exit> {
  for (;;) {
    const exit = await Promise.race([exited, pause(lookEveryMs, undefined, { ref: false })]);
    if (exit) return exit;
    if (await isStopping()) await stop();
  }
}
