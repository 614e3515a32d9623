import { formatNumber } from '../model/number.ts';

/** The content of a cell. A number is written with thousands separators; `code` is shown verbatim, ready to copy. */
export type Cell = string | number | { readonly code: string } | undefined;

/** A Markdown table for a workflow's details in the Web UI. Line breaks and bars in a cell do not break the table. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.map(cellText).join(' | ')} |`;
  return [line(headings), `|${'---|'.repeat(headings.length)}`, ...rows.map(line)].join('\n');
}

/** The Web UI puts no space between columns, so each cell ends with two spaces that Markdown does not trim. */
const gap = '\u00a0\u00a0';

function cellText(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'object') return inlineCode(onOneLine(cell.code)) + gap;
  const text = typeof cell === 'number' ? formatNumber(cell) : cell;
  return onOneLine(text) + gap;
}

function onOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
}

/** The Web UI's Markdown turns quotation marks into curly ones, which Postgres refuses; in code they stay. */
function inlineCode(text: string): string {
  return text === '' ? '' : `${fence(text, 1)} ${text} ${fence(text, 1)}`;
}

/** The text as a block of code, in which nothing is rendered: an error, or a statement to copy. */
export function codeBlock(text: string): string {
  return `${fence(text, 3)}\n${text}\n${fence(text, 3)}`;
}

/** More backticks than any run of them in `text`, and at least `least`. */
function fence(text: string, least: number): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(Math.max(least, longest + 1));
}
