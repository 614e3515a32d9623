/** What a cell holds: a number is written with its thousands apart; nothing at all is left empty. */
export type Cell = string | number | undefined;

/** A table as the Web UI renders it in a workflow's details. A cell keeps to its line and to itself. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.map(written).join(' | ')} |`;
  return [line(headings), `|${'---|'.repeat(headings.length)}`, ...rows.map(line)].join('\n');
}

/** The Web UI sets no space between columns: two that Markdown does not trim. */
const gap = '\u00a0\u00a0';

function written(cell: Cell): string {
  if (cell === undefined) return '';
  const text = typeof cell === 'number' ? cell.toLocaleString('en-US') : cell;
  return text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|') + gap;
}
