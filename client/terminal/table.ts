/** A number is aligned right, with thousands separators; null is an empty cell. */
export type Cell = string | number | null;

/** A number with thousands separators: `1,234,567`. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en-US');
}

/** A text table with aligned columns. A column of numbers is aligned right, including its heading. */
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

/** In characters: JavaScript's `length` counts some of them twice. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** A count with its noun: `1 session`, `2 sessions`. */
export function formatCount(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

const mib = 2 ** 20;
const gib = 2 ** 30;

/** A size in MiB, or GiB from one on: `796 MiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  return bytes < gib ? `${Math.floor(bytes / mib)} MiB` : `${(bytes / gib).toFixed(1)} GiB`;
}
