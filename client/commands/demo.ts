import { setMaxListeners } from 'node:events';
import { runWorkload } from '../../local/demo/workload.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Printer } from '../terminal/printer.ts';
import { stopSignal } from '../terminal/stop-signal.ts';

export interface DemoOptions {
  /** Seconds between two changes of a host. */
  readonly every: string;
}

/** Changes the given hosts, which have the demo's tables, as an application would, until told to stop. */
export async function demo(
  printer: Printer,
  hosts: readonly string[],
  { every }: DemoOptions,
): Promise<void> {
  const everyMs = Number(every) * 1_000;
  if (!(everyMs > 0))
    throw new CommandFailure(exitCodes.wrong, `--every takes seconds, for example 2.5, and not "${every}".`);
  const sources = hosts.map(parseHost);
  const signal = stopSignal();
  setMaxListeners(10 * sources.length, signal);
  printer.say(`Changing ${sources.map(({ name }) => name).join(', ')} until Ctrl-C.`);
  const lives = sources.map(async (source) => {
    const { ticks, done, failed, disconnected, lastError } = await runWorkload(source, { everyMs, signal });
    return {
      source: source.name,
      ticks,
      done,
      failed,
      disconnected,
      ...(lastError !== undefined && { lastError }),
    };
  });
  const lived = await Promise.all(lives);
  const lines = lived.map(
    ({ source, ticks, disconnected }) =>
      `${source}: ${ticks} changes; its connection was lost ${disconnected} times.`,
  );
  printer.result({ hosts: lived }, lines.join('\n'));
}

function parseHost(given: string): { name: string; url: string } {
  const at = given.indexOf('=');
  const [name, url] = [given.slice(0, at), given.slice(at + 1)];
  if (at > 0 && /^postgres(ql)?:\/\//.test(url)) return { name, url };
  // Not repeated: it may hold a password.
  throw new CommandFailure(
    exitCodes.wrong,
    'A host is given as name=url, for example project_a=postgres://owner@localhost:5430/project_a.',
  );
}
