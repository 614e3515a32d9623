import { shortened } from '../../model/shortened.ts';
import { dayName } from '../render/words.ts';
import { frame, height, timeAxis, widths } from './frame.ts';
import type { Colour } from './palette.ts';
import { paint } from './palette.ts';
import type { Pen } from './plot.ts';

export interface DayLine {
  readonly name: string;
  readonly colour: Colour;
  /** Null is a gap. */
  readonly points: readonly (readonly [day: number, value: number | null])[];
}

/** Values over days, one line for each name, which stands at its end, with dots that say their values. */
export function drawDays(
  pen: Pen,
  width: number,
  lines: readonly DayLine[],
  label: string,
  format: (value: number) => string,
) {
  const { plot } = pen;
  const points = lines.flatMap(({ name, colour, points }) =>
    points.map(([day, value]) => ({
      name,
      day: new Date(day),
      value: value ?? NaN,
      colour: paint(colour),
      title: value === null ? '' : `${dayName(day)}, ${name}: ${format(value)}`,
    })),
  );
  const letters = width <= widths.narrow ? 12 : 24;
  const longest = Math.max(...lines.map(({ name }) => name.length));
  const top = Math.max(1, ...points.flatMap(({ value }) => (Number.isNaN(value) ? [] : [value])));
  const stroke = (d: { colour: string }) => d.colour;
  return pen.draw({
    ...frame(width),
    marginRight: 14 + 6.4 * Math.min(letters, longest),
    x: { ...timeAxis(width), ticks: 5 },
    y: { grid: true, domain: [0, top], ticks: 4, tickFormat: format, label, nice: true },
    marks: [
      plot.line(points, { x: 'day', y: 'value', z: 'name', stroke, strokeWidth: 1.7 }),
      plot.dot(points, { x: 'day', y: 'value', r: 2.2, fill: stroke, title: 'title' }),
      plot.text(apart(lines, (top * labelHeight) / (height - 46)), {
        x: 'day',
        y: 'y',
        text: ({ name }: { name: string }) => shortened(name, letters),
        textAnchor: 'start',
        dx: 6,
        title: 'name',
      }),
      plot.ruleY([0], { stroke: 'var(--line)' }),
    ],
    color: { type: 'identity' },
  });
}

/** The height of a name, in pixels. */
const labelHeight = 12;

/**
 * The end of each line that goes on to the last day, each at least `least` above the one below it, so that no two names cover
 * each other.
 */
function apart(lines: readonly DayLine[], least: number) {
  let free = 0;
  const lastDay = Math.max(...lines.flatMap(({ points }) => points.map(([day]) => day)));
  return lines
    .flatMap(({ name, points }) => {
      const value = points.find(([day]) => day === lastDay)?.[1] ?? null;
      return value === null ? [] : [{ name, day: new Date(lastDay), value }];
    })
    .sort((a, b) => a.value - b.value)
    .map((end) => {
      const y = Math.max(free, end.value);
      free = y + least;
      return { ...end, y };
    });
}
