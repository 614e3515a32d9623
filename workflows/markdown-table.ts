/** What a cell holds: a number is written with its thousands apart; nothing at all is left empty. */
export type Cell = string | number | undefined;

/** A table as the Web UI renders it in a workflow's details. A cell keeps to its line and to itself. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.map(written).join(' | ')} |`;
  return [line(headings), `|${'---|'.repeat(headings.length)}`, ...rows.map(line)].join('\n');
}

function written(cell: Cell): string {
  if (typeof cell === 'number') return cell.toLocaleString('en-US');
  return (cell ?? '').replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
}
