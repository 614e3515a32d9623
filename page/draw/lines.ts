import { dayName } from '../render/words.ts';
import type { Colour } from './frame.ts';
import { frame, paint, timeAxis, widths } from './frame.ts';
import type { Pen } from './plot.ts';

export interface DayLine {
  readonly name: string;
  readonly colour: Colour;
  /** Null is a gap. */
  readonly points: readonly (readonly [day: number, value: number | null])[];
}

/** Values over days, one line for each name, with dots that say their values. */
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
  const size = width <= widths.narrow ? 150 : 170;
  return pen.draw({
    ...frame(width, size),
    x: { ...timeAxis(width), ticks: 5 },
    y: { grid: true, zero: true, ticks: 4, tickFormat: format, label, nice: true },
    marks: [
      plot.line(points, {
        x: 'day',
        y: 'value',
        z: 'name',
        stroke: (d: { colour: string }) => d.colour,
        strokeWidth: 1.7,
      }),
      plot.dot(points, {
        x: 'day',
        y: 'value',
        r: 2.2,
        fill: (d: { colour: string }) => d.colour,
        title: 'title',
      }),
      plot.ruleY([0], { stroke: 'var(--line)' }),
    ],
    color: { type: 'identity' },
  });
}
