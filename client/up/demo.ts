import { setMaxListeners } from 'node:events';
import { runWorkload } from '../../local/demo/workload.ts';
import { formatCount } from '../../model/number.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Printer } from '../terminal/printer.ts';
import { stopSignal } from '../terminal/stop-signal.ts';

/**
 * Changes sources with the demo tables (`name=url`) as an application would, until this process is asked to stop. `every`
 * is the time between two changes of a source, in seconds.
 */
export async function demo(printer: Printer, sourceUrls: readonly string[], every: string): Promise<void> {
  const everyMs = Number(every) * 1_000;
  if (!(everyMs > 0))
    throw new CommandFailure(
      exitCodes.invalid,
      `--every takes a number of seconds, for example 2.5, not "${every}".`,
    );
  const sources = sourceUrls.map(parseSource);
  const signal = stopSignal();
  setMaxListeners(10 * sources.length, signal);
  printer.log(`Changing ${sources.map(({ name }) => name).join(', ')} until Ctrl-C.`);
  const running = sources.map(async (source) => {
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
  const results = await Promise.all(running);
  const lines = results.map(
    ({ source, ticks, disconnected }) =>
      `${source}: ${formatCount(ticks, 'change')}, ${formatCount(disconnected, 'lost connection')}`,
  );
  printer.result({ sources: results }, lines.join('\n'));
}

function parseSource(text: string): { name: string; url: string } {
  const at = text.indexOf('=');
  const [name, url] = [text.slice(0, at), text.slice(at + 1)];
  if (at > 0 && /^postgres(ql)?:\/\//.test(url)) return { name, url };
  // The value is not repeated, because it may contain a password.
  throw new CommandFailure(
    exitCodes.invalid,
    'A source has the form name=url, for example project_a=postgres://owner@localhost:5430/project_a.',
  );
}
