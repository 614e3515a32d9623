import { formatDuration } from '../../model/duration.ts';
import { shortened } from '../../model/shortened.ts';
import { clock } from '../render/words.ts';
import { frame, timeAxis, widths } from './frame.ts';
import type { Colour } from './palette.ts';
import { paint } from './palette.ts';
import type { Pen } from './plot.ts';

const dayMs = 86_400_000;

export interface LagLine {
  readonly source: string;
  readonly colour: Colour;
  readonly points: readonly (readonly [at: number, seconds: number])[];
}

/** How many times `late_after` the picture is high: what is longer is cut off, so that one peak does not flatten the rest. */
const highest = 4;

/** The seconds from which lags are cut off; infinite where nothing is so long. */
export function cutFrom(lines: readonly LagLine[], lateAfterMs: number): number {
  const limit = (highest * lateAfterMs) / 1_000;
  return lines.some(({ points }) => points.some(([, seconds]) => seconds > limit)) ? limit : Infinity;
}

/**
 * Lag over time, one line for each source, and the line from which a source is late. The longest lags have their source and
 * length next to them.
 */
export function drawLag(
  pen: Pen,
  width: number,
  lines: readonly LagLine[],
  lateAfterMs: number,
  now: number,
) {
  const { plot } = pen;
  const cut = cutFrom(lines, lateAfterMs);
  const points = lines.flatMap(({ source, colour, points }) =>
    points.map(([when, seconds]) => ({
      source,
      at: new Date(when),
      seconds,
      minutes: Math.min(seconds, cut) / 60,
      isCut: seconds > cut,
      colour: paint(colour),
      title: `${source}: ${formatDuration(seconds)} behind, ${clock(when, now)}`,
    })),
  );
  const late = lateAfterMs / 60_000;
  const last = new Map(points.map((point) => [point.source, point]));
  // A dot for each point would be most of the page.
  const notable = points.filter(
    (point) => !point.isCut && (point.minutes > late || last.get(point.source) === point),
  );
  const cutOff = points.filter(({ isCut }) => isCut);
  const top =
    Math.max(late * 1.25, ...points.map(({ minutes }) => minutes)) * (cutOff.length > 0 ? 1.12 : 1.05);
  const from = new Date(Math.min(now - dayMs, ...points.map(({ at }) => at.getTime())));
  const unit = top > 300 ? { of: 60, label: 'h' } : { of: 1, label: 'min' };
  const y = (d: { minutes: number }) => d.minutes / unit.of;
  const fill = (d: { colour: string }) => d.colour;
  const middle = (from.getTime() + now) / 2;
  const peaks = peaksOf(
    points.filter(({ minutes }) => minutes > late),
    (now - from.getTime()) / (width <= widths.narrow ? 2.5 : 5),
  );
  const labels = (textAnchor: 'start' | 'end') =>
    plot.text(
      peaks.filter(({ at }) => at.getTime() > middle === (textAnchor === 'end')),
      {
        x: 'at',
        y,
        text: ({ source, seconds }: Peak) => `${shortened(source, 24)} ${formatDuration(seconds)}`,
        textAnchor,
        dx: textAnchor === 'end' ? -7 : 7,
        dy: -5,
        title: 'title',
      },
    );
  return pen.draw({
    ...frame(width),
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
        y,
        z: 'source',
        stroke: fill,
        strokeWidth: 1.7,
      }),
      plot.dot(notable, { x: 'at', y, r: 2, fill, title: 'title' }),
      plot.dot(cutOff, { x: 'at', y, r: 4, symbol: 'triangle', fill, title: 'title' }),
      labels('start'),
      labels('end'),
    ],
    color: { type: 'identity' },
  });
}

interface Peak {
  readonly source: string;
  readonly at: Date;
  readonly seconds: number;
}

/** The longest lags, none within `apartMs` of a longer one, so that their values do not cover each other. */
function peaksOf<P extends Peak>(points: readonly P[], apartMs: number): readonly P[] {
  const peaks: P[] = [];
  for (const point of [...points].sort((a, b) => b.seconds - a.seconds))
    if (peaks.every(({ at }) => Math.abs(at.getTime() - point.at.getTime()) > apartMs)) peaks.push(point);
  return peaks;
}
