import { setTimeout as pause } from 'node:timers/promises';
import type { LiveLines } from './live-lines.ts';

/** Looks again and again and draws what it sees, each time over what was before, until `signal` aborts. */
export async function redraw(
  lines: LiveLines,
  look: () => Promise<string>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    lines.draw((await look()).split('\n'));
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
