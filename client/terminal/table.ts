import { formatNumber } from '../../model/number.ts';
import { callable } from './callable-commands.ts';
import { longestWord, screenWidth, wrapWords } from './prose.ts';
import { widthOf } from './text-width.ts';

/** A number is aligned right, with thousands separators; null is an empty cell. */
export type Cell = string | number | null;

/**
 * A text table with aligned columns, at most `width` wide. A column of numbers is aligned right, including its heading. A
 * table that is too wide has the words of its texts wrapped; if they would become too narrow, rows with the same first cell
 * stand below a line that has the texts which they share; if that is not enough, each row is a list of its cells. Neither a
 * number nor a time is ever torn.
 */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  width = screenWidth(),
): string {
  const table = { headings, rows };
  return aligned(table, width) ?? grouped(table, width) ?? stacked(table, width);
}

interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const gap = 2;
/** A column of text is wrapped to no less than this. */
const minTextWidth = 20;

/** Undefined when the table does not fit. */
function aligned({ headings, rows }: Table, width: number): string | undefined {
  const columns = headings.map((heading, at) => {
    const cells = rows.map((row) => row[at] ?? null);
    const texts = [heading, ...cells.map(textOf)];
    return {
      texts,
      width: Math.max(...texts.map(widthOf)),
      narrowest: Math.max(
        ...texts.map((text) => Math.max(Math.min(minTextWidth, widthOf(text)), longestWord(text))),
      ),
      right: cells.every((cell) => typeof cell !== 'string') && cells.some((cell) => cell !== null),
    };
  });
  const overflow = () => columns.reduce((sum, column) => sum + column.width + gap, -gap) - width;
  while (overflow() > 0) {
    const shrinkable = columns.filter((column) => column.width > column.narrowest);
    if (shrinkable.length === 0) return undefined;
    shrinkable.reduce((widest, column) => (column.width > widest.width ? column : widest)).width--;
  }
  const lines = ['', ...rows].flatMap((_, at) => {
    const cells = columns.map((column) => wrapCell(column.texts[at]!, column.width));
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (__, line) =>
      columns
        .map(({ width: columnWidth, right }, column) =>
          padded(cells[column]![line] ?? '', columnWidth, right),
        )
        .join(' '.repeat(gap))
        .trimEnd(),
    );
  });
  return lines.join('\n');
}

/**
 * Below each first cell the rows that have it, without the texts that they share. Undefined when no row shares its first
 * cell.
 */
function grouped({ headings, rows }: Table, width: number): string | undefined {
  const groups = new Map<string, (readonly Cell[])[]>();
  for (const row of rows) {
    const first = textOf(row[0] ?? null);
    groups.set(first, [...(groups.get(first) ?? []), row]);
  }
  if (headings.length < 3 || groups.size === rows.length) return undefined;
  const isShared = (at: number) =>
    [...groups.values()].every((group) =>
      group.every((row) => typeof row[at] !== 'number' && row[at] === group[0]![at]),
    );
  const shared = headings.flatMap((_, at) => (at > 0 && isShared(at) ? [at] : []));
  const own = headings.flatMap((_, at) => (at > 0 && !isShared(at) ? [at] : []));
  const pick = <T>(from: readonly T[]) => own.map((at) => from[at]!);
  return [...groups]
    .map(([first, group]) => {
      const facts = shared.flatMap((at) => {
        const text = textOf(group[0]![at] ?? null);
        return text === '' ? [] : [`${headings[at]} ${text}`];
      });
      const table = renderTable(pick(headings), group.map(pick), width - gap);
      return `${wrapFacts([first, ...facts], width)}\n${table.replaceAll(/^/gm, ' '.repeat(gap))}`;
    })
    .join('\n\n');
}

/** The facts in lines, as many in each as fit. */
function wrapFacts(facts: readonly string[], width: number): string {
  const space = ' '.repeat(gap);
  const lines: string[] = [];
  for (const fact of facts) {
    const line = lines.at(-1);
    if (line === undefined) lines.push(fact);
    else if (widthOf(line) + gap + widthOf(fact) <= width) lines[lines.length - 1] = line + space + fact;
    else lines.push(space + fact);
  }
  return lines.join('\n');
}

/** Each row as a list of its headings and cells. A cell with a word that is too wide stands below its heading. */
function stacked({ headings, rows }: Table, width: number): string {
  const widest = Math.max(...headings.map(widthOf));
  const space = Math.max(minTextWidth, width - widest - gap);
  return rows
    .map((row) =>
      headings
        .flatMap((heading, at) => {
          const text = textOf(row[at] ?? null);
          if (text === '') return [];
          if (longestWord(text) > space)
            return [headings[at]!, ...wrapCell(text, width - gap).map((line) => ' '.repeat(gap) + line)];
          return wrapCell(text, space).map(
            (line, n) => `${padded(n === 0 ? heading : '', widest, false)}${' '.repeat(gap)}${line}`,
          );
        })
        .join('\n'),
    )
    .join('\n\n');
}

function textOf(cell: Cell): string {
  // A tab has no width of its own.
  return typeof cell === 'number' ? formatNumber(cell) : callable(cell ?? '').replaceAll('\t', ' ');
}

function padded(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? space + text : text + space;
}

/** The lines of a cell. */
function wrapCell(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapWords(line, width));
}
