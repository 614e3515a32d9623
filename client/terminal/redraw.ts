import { setTimeout as pause } from 'node:timers/promises';
import type { LiveLines } from './live-lines.ts';

/** Redraws the text of `render` in place every `everyMs`, until `signal` aborts. */
export async function redraw(
  lines: LiveLines,
  render: () => Promise<string>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    lines.draw((await render()).split('\n'));
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
