import { setTimeout as pause } from 'node:timers/promises';
import type { LiveLines } from './live-lines.ts';

/** Draws the text of `render` every `everyMs`, over what was drawn before, until `signal` aborts. */
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
