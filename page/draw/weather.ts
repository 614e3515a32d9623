import type { WeatherHour } from '../page-data.ts';
import { clock } from '../render/words.ts';
import { frame, timeAxis, widths } from './frame.ts';
import type { Pen } from './plot.ts';

interface Point {
  readonly at: Date;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly degrees: number | null;
  readonly filled: boolean;
  readonly title: string;
}

/** Temperature with its minimum and maximum, in the place's time, as `now`; missing hours are gaps, filled hours are rings. */
export function drawTemperature(pen: Pen, width: number, hours: readonly WeatherHour[], now: number) {
  const points = hours.map((hour) =>
    pointOf(hour, hour.temp, `${hour.temp?.toFixed(1)} °C${rangeOf(hour)}`, now),
  );
  const { plot } = pen;
  return pen.draw({
    ...frame(width),
    x: timeAxis(width),
    y: { grid: true, ticks: 5, label: '°C', nice: true },
    marks: [
      plot.areaY(points, { x: 'at', y1: 'min', y2: 'max', fill: 'var(--faint)', fillOpacity: 0.45 }),
      plot.line(points, { x: 'at', y: 'value', stroke: 'var(--muted)', strokeWidth: 1.7 }),
      ...marksOf(pen, points),
    ],
  });
}

/** Wind speed; the arrows point where the wind blows to. */
export function drawWind(pen: Pen, width: number, hours: readonly WeatherHour[], now: number) {
  const points = hours.map((hour) =>
    pointOf(
      hour,
      hour.speed,
      `${hour.speed?.toFixed(1)} m/s${hour.degrees === null ? '' : ` from ${Math.round(hour.degrees)}°`}`,
      now,
    ),
  );
  const every = width <= widths.narrow ? 12 : 6;
  const arrows = points.filter(
    ({ degrees, value }, at) => at % every === 0 && degrees !== null && value >= 0,
  );
  const { plot } = pen;
  return pen.draw({
    ...frame(width),
    marginTop: 34,
    x: timeAxis(width),
    y: { grid: true, ticks: 4, label: 'm/s', zero: true, nice: true },
    marks: [
      plot.line(points, { x: 'at', y: 'value', stroke: 'var(--muted)', strokeWidth: 1.7 }),
      plot.vector(arrows, {
        x: 'at',
        frameAnchor: 'top',
        dy: -8,
        length: 13,
        rotate: ({ degrees }: Point) => (degrees! + 180) % 360,
        stroke: 'var(--ink)',
        title: 'title',
      }),
      ...marksOf(pen, points),
    ],
  });
}

function rangeOf({ min, max }: WeatherHour): string {
  return min === null || max === null ? '' : ` (${min.toFixed(1)} to ${max.toFixed(1)})`;
}

function pointOf(hour: WeatherHour, value: number | null, text: string, now: number): Point {
  return {
    at: new Date(hour.at),
    value: value ?? NaN,
    min: hour.min ?? value ?? NaN,
    max: hour.max ?? value ?? NaN,
    degrees: hour.degrees,
    filled: hour.filled,
    title: `${clock(hour.at, now)}: ${text}${hour.filled ? ', filled from the history' : ''}`,
  };
}

function marksOf({ plot }: Pen, points: readonly Point[]) {
  const present = points.filter(({ value }) => !Number.isNaN(value));
  const missing = points.filter(({ value }) => Number.isNaN(value));
  return [
    plot.ruleX(missing, { x: 'at', stroke: 'var(--bad)', strokeOpacity: 0.25, strokeWidth: 3 }),
    plot.dot(
      present.filter(({ filled }) => filled),
      {
        x: 'at',
        y: 'value',
        r: 3,
        fill: 'var(--card)',
        stroke: 'currentColor',
        strokeWidth: 1.6,
        title: 'title',
      },
    ),
    plot.dot(
      present.filter(({ filled }) => !filled),
      { x: 'at', y: 'value', r: 1.6, fill: 'currentColor', title: 'title' },
    ),
  ];
}
