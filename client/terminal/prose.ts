import { widthOf } from './text-width.ts';

/** A terminal, as far as its width is concerned. */
interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The columns that a line may fill of a terminal; without limit when the output is piped, or written to a file. */
export function screenWidth(screen: Screen = process.stdout): number {
  // A line that fills the last column takes two rows on some terminals.
  return screen.isTTY ? (screen.columns || 80) - 1 : Infinity;
}

/**
 * The text with its sentences wrapped at words to `width`. A line that is not prose stays as it is, and the terminal breaks
 * it without a newline in it: a statement, which ends with a semicolon; what is indented, as a command to copy is; and the
 * row of a table. A command at the end of a sentence is not torn.
 */
export function wrapProse(text: string, width: number): string {
  if (width === Infinity) return text;
  return text
    .split('\n')
    .flatMap((line) => (isProse(line) ? wrapWords(line, width) : [line]))
    .join('\n');
}

const isProse = (line: string) => !/^\s|;$|\S {2,}\S/.test(line);

/** One word: a time, `2026-11-24 13:21:05 UTC`, and a command that ends the line. */
const word = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\S*|(?<=: )(?:npx |\S*\/)?tidehouse .+$|\S+/g;

/** The lines of one paragraph, each at most `width` wide unless one word is longer. */
export function wrapWords(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [''];
  for (const [each] of text.matchAll(word)) {
    const line = lines.at(-1)!;
    if (line !== '' && widthOf(line) + 1 + widthOf(each) > width) lines.push(each);
    else lines[lines.length - 1] = line === '' ? each : `${line} ${each}`;
  }
  return lines;
}

/** The width of the widest word. */
export function longestWord(text: string): number {
  return Math.max(0, ...(text.match(word) ?? []).map(widthOf));
}
