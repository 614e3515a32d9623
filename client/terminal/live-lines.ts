import { callable } from './callable-commands.ts';
import { painter } from './colours.ts';
import type { Terminal } from './fit-lines.ts';
import { fitLines } from './fit-lines.ts';
import { screenWidth, wrapProse } from './prose.ts';
import { harmless, widthOf } from './text-width.ts';

/** Lines at the end of a terminal that are redrawn in place. When the output is not a terminal, only `log` writes. */
export interface LiveLines {
  /** Whether `draw` has any effect. */
  readonly live: boolean;
  draw(lines: readonly string[]): void;
  /** Writes a line that stays, above the drawn lines. */
  log(line: string): void;
  /** Removes the drawn lines. */
  clear(): void;
}

const upOne = '\x1b[1A';
const clearLine = '\x1b[2K';

/** Lines on `terminal`; nothing is drawn unless `live`. */
export function createLiveLines(terminal: Terminal, live = terminal.isTTY === true): LiveLines {
  const paint = painter(terminal);
  let drawn: readonly string[] = [];
  // A terminal that has become narrower since has broken a line into several rows.
  const rowsOf = (line: string) => Math.max(1, Math.ceil(widthOf(line) / (terminal.columns || Infinity)));
  const clear = () => {
    const rows = drawn.reduce((sum, line) => sum + rowsOf(line), 0);
    if (rows > 0) terminal.write(`${upOne}${clearLine}`.repeat(rows));
    drawn = [];
  };
  const draw = (lines: readonly string[]) => {
    if (!live) return;
    clear();
    // The cursor cannot go above the first row of the terminal, and stands below the last line.
    drawn = fitLines(lines, terminal, (terminal.rows || Infinity) - 1);
    terminal.write(drawn.map((line) => `${paint(line)}\n`).join(''));
  };
  return {
    live,
    draw,
    clear,
    log(line) {
      const below = drawn;
      clear();
      terminal.write(`${wrapProse(harmless(callable(line)), screenWidth(terminal))}\n`);
      draw(below);
    },
  };
}
