import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { painter } from './colours.ts';
import type { Terminal } from './fit-lines.ts';
import { fitLines } from './fit-lines.ts';

const enterScreen = '\x1b[?1049h';
const leaveScreen = '\x1b[?1049l';
const home = '\x1b[H';
const clearLine = '\x1b[K';
const clearBelow = '\x1b[J';

/**
 * Shows the text of `render` on a screen of its own, drawn anew every `everyMs`, until `signal` aborts; then the terminal is
 * as it was before. On a screen of its own nothing scrolls, and what a resize tears is gone with the next drawing.
 */
export async function redraw(
  terminal: Terminal,
  render: () => Promise<string>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const paint = painter(terminal);
  const stopped = once(signal, 'abort');
  terminal.write(enterScreen + home);
  try {
    while (!signal.aborted) {
      // What is asked may not answer for seconds.
      const text = await Promise.race([render(), stopped]);
      if (typeof text !== 'string') break;
      const lines = fitLines(text.split('\n'), terminal, terminal.rows || Infinity);
      terminal.write(home + lines.map((line) => paint(line) + clearLine).join('\n') + clearBelow);
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    terminal.write(leaveScreen);
  }
}
