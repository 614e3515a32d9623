import { eastAsianWidth } from 'get-east-asian-width';

const segmenter = new Intl.Segmenter();
const emoji = /\p{Emoji_Presentation}|\uFE0F/u;

/** The columns that a line of text takes: an emoji and a Chinese character take two, a combining accent none. */
export function widthOf(line: string): number {
  // Nearly every text, and many times faster.
  if (/^[ -~]*$/.test(line)) return line.length;
  return charactersOf(line).reduce((sum, { width }) => sum + width, 0);
}

/** The line, cut with an ellipsis if it is wider than `width` columns. */
export function cutLine(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  let space = width - 1;
  let shown = '';
  for (const each of charactersOf(line)) {
    space -= each.width;
    if (space < 0) break;
    shown += each.character;
  }
  return `${shown}…`;
}

/** The characters as a person counts them, and the columns of each. */
function charactersOf(line: string): { readonly character: string; readonly width: number }[] {
  return Array.from(segmenter.segment(line), ({ segment: character }) => ({
    character,
    width: emoji.test(character) ? 2 : eastAsianWidth(character.codePointAt(0)!),
  }));
}

/**
 * The text as it may be written to a terminal. A name or a value from elsewhere may have characters that move the cursor,
 * hide text or reverse it; each is shown as `�`.
 */
export function harmless(text: string): string {
  return text.replace(/(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}]/gu, '�');
}
