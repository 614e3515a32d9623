/** A number is aligned right, with its thousands apart; null stands for nothing to say. */
export type Cell = string | number | null;

/** A number as it is read: `1,234,567`. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en-US');
}

/** An aligned table of text. A column that holds numbers only is aligned right, its heading too. */
export function renderTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const columns = headings.map((heading, at) => {
    const cells = rows.map((row) => row[at] ?? null);
    const texts = [
      heading,
      ...cells.map((cell) => (typeof cell === 'number' ? formatNumber(cell) : (cell ?? ''))),
    ];
    const width = Math.max(...texts.map(lengthOf));
    const right = cells.every((cell) => typeof cell !== 'string') && cells.some((cell) => cell !== null);
    return texts.map((text) => {
      const space = ' '.repeat(width - lengthOf(text));
      return right ? space + text : text + space;
    });
  });
  return ['', ...rows]
    .map((_, line) =>
      columns
        .map((column) => column[line])
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** In characters: a name may hold some that JavaScript counts twice. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}
