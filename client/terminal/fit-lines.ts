import { screenWidth } from './prose.ts';
import { callable } from './callable-commands.ts';
import { cutLine, harmless } from './text-width.ts';

/** The part of a terminal stream that is used here. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  hasColors?(): boolean;
}

/** The lines as a terminal can show them: at most `rows`, and none wider than the terminal, where it would take two rows. */
export function fitLines(lines: readonly string[], terminal: Terminal, rows: number): string[] {
  const hidden = lines.length - rows + 1;
  const shown = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… and ${hidden} more lines`];
  // The width of a tab depends on what stands before it.
  return shown.map((line) => cutLine(harmless(callable(line)).replaceAll('\t', ' '), screenWidth(terminal)));
}
