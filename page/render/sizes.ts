import { formatBytes } from '../../model/bytes.ts';
import { formatCount, formatNumber, formatShort } from '../../model/number.ts';
import { drawNamedBars } from '../draw/bars.ts';
import { drawDays } from '../draw/lines.ts';
import type { Pen } from '../draw/plot.ts';
import type { DayChanges, PageData, TableSize } from '../page-data.ts';
import type { ColourOf } from './colours.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { legend, more, picture, section, table } from './picture.ts';

const shownTables = 12;
const namedTables = 6;

/** Rows and sizes of the tables of clean, and how they have grown. */
export function sizes(data: PageData, pen: Pen, colourOf: ColourOf): Html {
  return section('sizes', 'Rows and sizes in the warehouse', data.sizes, (tables) => {
    if (tables.length === 0) return 'The warehouse is empty.';
    const total = tables.reduce((sum, { bytes }) => sum + bytes, 0);
    const bars = tables.slice(0, shownTables).map(({ table, rows, bytes: size }) => ({
      name: table,
      note: `${formatBytes(size)}, ${formatShort(rows)} rows`,
      parts: [
        {
          colour: colourOf(table),
          value: size,
          title: `${table}: ${formatBytes(size)}, ${formatCount(rows, 'row')}`,
        },
      ],
    }));
    return html`<p>
        ${formatCount(tables.length, 'table')}, ${formatBytes(total)} with indexes,
        ${formatCount(
          tables.reduce((sum, { rows }) => sum + rows, 0),
          'row',
        )}.
      </p>
      <div class="pair">
        <div>
          <h3>Now</h3>
          ${picture(`Sizes: ${bars.map(({ name, note }) => `${name} ${note}`).join('; ')}.`, (width) =>
            drawNamedBars(pen, width, bars),
          )}
        </div>
        <div>
          ${'value' in data.days && data.days.value.length > 0 && growth(data.days.value, tables, colourOf, pen)}
        </div>
      </div>
      ${more(
        'Numbers',
        table(
          ['table', 'rows', 'size'],
          tables.map(({ table, rows, bytes: size }) => [table, formatNumber(rows), formatBytes(size)]),
          [1, 2],
        ),
      )}`;
  });
}

/** The tables that have grown or shrunk the most, which have lines of their own. */
export function grownTables({ days, sizes }: PageData): readonly string[] {
  return 'value' in days && 'value' in sizes ? mostGrown(days.value, sizes.value) : [];
}

function mostGrown(days: readonly DayChanges[], sizes: readonly TableSize[]): readonly string[] {
  const known = new Set(sizes.map(({ table }) => table));
  const grown = new Map<string, number>();
  for (const { table, inserted, deleted } of days)
    if (known.has(table)) grown.set(table, (grown.get(table) ?? 0) + inserted - deleted);
  return [...grown]
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .slice(0, namedTables)
    .map(([name]) => name);
}

/** The rows at the end of each day, counted back from those of now. */
function growth(
  days: readonly DayChanges[],
  sizes: readonly TableSize[],
  colourOf: ColourOf,
  pen: Pen,
): Html {
  const rows = new Map(sizes.map(({ table, rows }) => [table, rows]));
  const names = mostGrown(days, sizes);
  const all = [...new Set(days.map(({ day }) => day))].sort((a, b) => a - b);
  const lines = names.map((name) => {
    const net = new Map(
      days
        .filter(({ table }) => table === name)
        .map(({ day, inserted, deleted }) => [day, inserted - deleted]),
    );
    let count = rows.get(name)!;
    const points = [...all].reverse().map((day) => {
      const point = [day, count] as const;
      count -= net.get(day) ?? 0;
      return point;
    });
    return { name, colour: colourOf(name), points: points.reverse() };
  });
  const heading = html`<h3>Growth in 30 days</h3>`;
  if (all.length < 2)
    return html`${heading}
      <p class="nothing">It is drawn from the second day on.</p>`;
  return html`${heading} ${legend(names.map((name) => [name, colourOf(name)]))}
  ${picture(
    `Rows at the end of each day: ${lines.map(({ name, points }) => `${name} from ${formatNumber(points[0]![1])} to ${formatNumber(points.at(-1)![1])}`).join('; ')}.`,
    (width) => drawDays(pen, width, lines, 'rows', formatShort),
  )}`;
}
