import { formatNumber, formatShort } from '../../model/number.ts';
import { frame, timeAxis } from './frame.ts';
import type { Colour } from './palette.ts';
import { paint } from './palette.ts';
import type { Pen } from './plot.ts';

/** A part of a bar: above the line, or below it where the value is negative. */
export interface BarPart {
  readonly at: number;
  readonly name: string;
  readonly value: number;
}

/** Bars over time, one for each period of `spanMs`, stacked in the order of `names`. */
export function drawBars(
  pen: Pen,
  width: number,
  parts: readonly BarPart[],
  names: readonly (readonly [name: string, colour: Colour])[],
  {
    spanMs,
    from,
    to,
    label,
    when,
  }: {
    readonly spanMs: number;
    readonly from: number;
    readonly to: number;
    readonly label: string;
    readonly when: (at: number) => string;
  },
) {
  const { plot } = pen;
  const order = new Map(names.map(([name, colour], at) => [name, { at, colour }]));
  const sorted = [...parts]
    .filter(({ value }) => value !== 0)
    .sort((a, b) => order.get(a.name)!.at - order.get(b.name)!.at)
    .map((part) => ({
      ...part,
      x1: new Date(part.at + spanMs * 0.08),
      x2: new Date(part.at + spanMs * 0.92),
      colour: paint(order.get(part.name)!.colour),
      title: `${when(part.at)}: ${part.name} ${formatNumber(Math.abs(part.value))}`,
    }));
  return pen.draw({
    ...frame(width),
    x: { ...timeAxis(width), domain: [new Date(from), new Date(to)] },
    y: { grid: true, ticks: 5, tickFormat: (value: number) => formatShort(Math.abs(value)), label },
    marks: [
      plot.rectY(
        sorted,
        plot.stackY({
          x1: 'x1',
          x2: 'x2',
          y: 'value',
          z: 'name',
          order: null as never,
          fill: (d: { colour: string }) => d.colour,
          title: 'title',
          // Between two parts is a line, whatever their colours.
          stroke: 'var(--card)',
          strokeWidth: 0.7,
        } as never),
      ),
      plot.ruleY([0], { stroke: 'var(--ink)' }),
    ],
    color: { type: 'identity' },
  });
}
