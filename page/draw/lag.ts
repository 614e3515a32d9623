import { formatDuration } from '../../model/duration.ts';
import { clock } from '../render/words.ts';
import { frame, named, series, timeAxis } from './frame.ts';
import type { Pen } from './plot.ts';

const dayMs = 86_400_000;

export interface LagLine {
  readonly source: string;
  readonly points: readonly (readonly [at: number, seconds: number])[];
}

/**
 * Lag over time: one line for each of the first eight, the longest of all others in grey, and the line from which a source
 * is late.
 */
export function drawLag(
  pen: Pen,
  width: number,
  lines: readonly LagLine[],
  lateAfterMs: number,
  now: number,
) {
  const { plot } = pen;
  const points = withoutRest(lines).flatMap(({ source, points }, at) =>
    points.map(([when, seconds]) => ({
      source,
      at: new Date(when),
      minutes: seconds / 60,
      colour: series(at),
    })),
  );
  const late = lateAfterMs / 60_000;
  const last = new Map(points.map((point) => [point.source, point]));
  // A dot for each point would be most of the page.
  const notable = points
    .filter(
      (point) => point.colour !== series(named) && (point.minutes > late || last.get(point.source) === point),
    )
    .map((point) => ({
      ...point,
      title: `${point.source}: ${formatDuration(point.minutes * 60)} behind, ${clock(point.at.getTime(), now)} UTC`,
    }));
  const top = Math.max(late * 1.25, ...points.map(({ minutes }) => minutes)) * 1.05;
  const from = new Date(Math.min(now - dayMs, ...points.map(({ at }) => at.getTime())));
  const unit = top > 300 ? { of: 60, label: 'h' } : { of: 1, label: 'min' };
  return pen.draw({
    ...frame(width, 220),
    x: { ...timeAxis(width), domain: [from, new Date(now)] },
    y: { domain: [0, top / unit.of], grid: true, ticks: 5, label: `behind, ${unit.label}` },
    marks: [
      plot.ruleY([late / unit.of], { stroke: 'var(--bad)', strokeDasharray: '5 4' }),
      plot.text([`late after ${formatDuration(late * 60)}`], {
        x: from,
        y: late / unit.of,
        textAnchor: 'start',
        dy: -7,
        dx: 4,
        fill: 'var(--bad)',
      }),
      // Grey lines first, so that they are below the others.
      plot.line([...points].reverse(), {
        x: 'at',
        y: (d: { minutes: number }) => d.minutes / unit.of,
        z: 'source',
        stroke: (d: { colour: string }) => d.colour,
        strokeWidth: 1.7,
      }),
      plot.dot(notable, {
        x: 'at',
        y: (d: { minutes: number }) => d.minutes / unit.of,
        r: 2,
        fill: (d: { colour: string }) => d.colour,
        title: 'title',
      }),
    ],
    color: { type: 'identity' },
  });
}

const hourMs = 3_600_000;

/** The named lines, and one for all others: the longest of their lags in each hour. */
function withoutRest(lines: readonly LagLine[]): readonly LagLine[] {
  if (lines.length <= named) return lines;
  const longest = new Map<number, readonly [number, number]>();
  for (const { points } of lines.slice(named))
    for (const point of points) {
      const hour = Math.floor(point[0] / hourMs);
      if (point[1] > (longest.get(hour)?.[1] ?? -1)) longest.set(hour, point);
    }
  const points = [...longest.values()].sort(([a], [b]) => a - b);
  return [...lines.slice(0, named), { source: 'the others', points }];
}
