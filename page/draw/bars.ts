import { frame, height, widths } from './frame.ts';
import type { Colour } from './palette.ts';
import { paint } from './palette.ts';
import type { Pen } from './plot.ts';

/** One horizontal bar: its parts in their order, and what stands at its end. */
export interface Bar {
  readonly name: string;
  readonly note: string;
  readonly parts: readonly { readonly colour: Colour; readonly value: number; readonly title: string }[];
}

/** Horizontal bars with names on the left and notes at their ends. */
export function drawNamedBars(pen: Pen, width: number, bars: readonly Bar[]) {
  const { plot } = pen;
  const narrow = width <= widths.narrow;
  const longest = Math.max(...bars.map(({ name }) => name.length));
  const labelWidth = Math.min(narrow ? 110 : 190, 12 + longest * 6.6);
  const letters = Math.floor((labelWidth - 10) / 6.2);
  const shown = bars.map((bar, row) => ({
    ...bar,
    row: String(row),
    label: bar.name.length > letters ? `${bar.name.slice(0, letters - 1)}…` : bar.name,
    total: bar.parts.reduce((sum, { value }) => sum + value, 0),
  }));
  const top = Math.max(...shown.map(({ total }) => total)) || 1;
  const parts = shown.flatMap(({ row, parts }) => {
    let from = 0;
    return parts.map(({ colour, value, title }) => ({
      row,
      x1: from,
      x2: (from += value),
      colour: paint(colour),
      title,
    }));
  });
  const row = height / bars.length;
  const inset = Math.max(0.12 * row, (row - thickest) / 2);
  return pen.draw({
    ...frame(width),
    marginLeft: labelWidth,
    marginTop: 0,
    marginBottom: 0,
    marginRight: narrow ? 118 : 170,
    x: { domain: [0, top], axis: null },
    y: { type: 'band', domain: shown.map(({ row }) => row), axis: null },
    marks: [
      plot.barX(parts, {
        x1: 'x1',
        x2: 'x2',
        y: 'row',
        insetTop: inset,
        insetBottom: inset,
        fill: (d: { colour: string }) => d.colour,
        // Between two parts is a line, whatever their colours.
        stroke: 'var(--card)',
        strokeWidth: 0.7,
        title: 'title',
      }),
      plot.text(shown, { x: 0, y: 'row', text: 'label', textAnchor: 'end', dx: -6, title: 'name' }),
      plot.text(shown, {
        x: 'total',
        y: 'row',
        text: 'note',
        textAnchor: 'start',
        dx: 6,
        fill: 'var(--muted)',
      }),
    ],
    color: { type: 'identity' },
  });
}

/** The height of a bar at most: few bars do not become blocks. */
const thickest = 24;
