import { screenWidth, wrapProse } from './prose.ts';
import { colourChoice, isColourful, withColours } from './colours.ts';

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

/** The part of a terminal stream that is used here. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  hasColors?(): boolean;
}

const upOne = '\x1b[1A';
const clearLine = '\x1b[2K';

/** Lines on `terminal`; nothing is drawn unless `live`. */
export function createLiveLines(
  terminal: Terminal,
  live = terminal.isTTY === true,
  colourful = live && isColourful(colourChoice(process.argv), terminal),
): LiveLines {
  let drawn: readonly string[] = [];
  const fit = (line: string) => {
    const width = screenWidth(terminal);
    const characters = Array.from(line);
    return characters.length <= width ? line : `${characters.slice(0, width - 1).join('')}…`;
  };
  const paint = (line: string) => (colourful ? withColours(line) : line);
  const clear = () => {
    if (drawn.length > 0) terminal.write(`${upOne}${clearLine}`.repeat(drawn.length));
    drawn = [];
  };
  const draw = (lines: readonly string[]) => {
    if (!live) return;
    clear();
    // The cursor cannot go above the first row of the terminal. Lines are cut, because a wrapped line takes two rows.
    const space = (terminal.rows || Infinity) - 1;
    const hidden = lines.length - space + 1;
    drawn = lines.length <= space ? lines : [...lines.slice(0, space - 1), `… and ${hidden} more lines`];
    terminal.write(drawn.map((line) => `${paint(fit(line))}\n`).join(''));
  };
  return {
    live,
    draw,
    clear,
    log(line) {
      const below = drawn;
      clear();
      terminal.write(`${wrapProse(line, screenWidth(terminal))}\n`);
      draw(below);
    },
  };
}
