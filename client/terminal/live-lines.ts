/** Lines at the end of a terminal that are drawn over and over. Elsewhere nothing is drawn, and news is plain lines. */
export interface LiveLines {
  /** Whether drawing shows. */
  readonly live: boolean;
  draw(lines: readonly string[]): void;
  /** A line that stays, above those that are drawn. */
  say(line: string): void;
  /** Takes the drawn lines away. */
  clear(): void;
}

/** The part of a terminal that is used. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  hasColors?(): boolean;
}

const upOne = '\x1b[1A';
const clearLine = '\x1b[2K';

const colours = [
  [/\b(landed|completed)\b/, '\x1b[32m'],
  [/\b([Ff]ailed|missing|out of reach)\b/, '\x1b[31m'],
  [/\bpaused\b/, '\x1b[33m'],
] as const;
const noColour = '\x1b[39m';

export function createLiveLines(terminal: Terminal, live = terminal.isTTY === true): LiveLines {
  // Asking the terminal also asks NO_COLOR.
  const colourful = live && terminal.hasColors?.() === true;
  let drawn: readonly string[] = [];
  const fit = (line: string) =>
    Array.from(line)
      .slice(0, (terminal.columns || 80) - 1)
      .join('');
  const paint = (line: string) =>
    colourful
      ? colours.reduce((text, [word, colour]) => text.replace(word, `${colour}$&${noColour}`), line)
      : line;
  const clear = () => {
    if (drawn.length > 0) terminal.write(`${upOne}${clearLine}`.repeat(drawn.length));
    drawn = [];
  };
  const draw = (lines: readonly string[]) => {
    if (!live) return;
    clear();
    // A line that wraps would be two to go up by, and above the first row there is no going up.
    drawn = lines.slice(0, (terminal.rows || Infinity) - 1);
    terminal.write(drawn.map((line) => `${paint(fit(line))}\n`).join(''));
  };
  return {
    live,
    draw,
    clear,
    say(line) {
      const below = drawn;
      clear();
      terminal.write(`${line}\n`);
      draw(below);
    },
  };
}
