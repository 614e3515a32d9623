import { shortened } from '../../model/shortened.ts';
import { frame, timeAxis, widths } from './frame.ts';
import type { Pen } from './plot.ts';

export interface Span {
  readonly subject: string;
  readonly from: number;
  readonly to: number;
  readonly state: 'open' | 'muted' | 'resolved';
  readonly title: string;
}

const fills = { open: 'var(--bad)', muted: 'var(--card)', resolved: 'var(--faint)' } as const;

/** Incidents over time, one row for each subject: the open ones are red, and of those that are muted only the border is. */
export function drawTimeline(pen: Pen, width: number, spans: readonly Span[], from: number, now: number) {
  const { plot } = pen;
  const subjects = [...new Set(spans.map(({ subject }) => subject))];
  const letters = width <= widths.narrow ? 22 : width <= widths.wide ? 30 : 60;
  const left = 16 + Math.min(letters, Math.max(...subjects.map(({ length }) => length))) * 6.6;
  // A short incident is still seen.
  const least = ((now - from) / width) * 4;
  const shown = spans.map((span) => ({
    ...span,
    x1: new Date(Math.max(from, Math.min(span.from, span.to - least))),
    x2: new Date(Math.min(now, Math.max(span.to, from + least))),
    fill: fills[span.state],
    border: span.state === 'resolved' ? 'none' : 'var(--bad)',
  }));
  return pen.draw({
    ...frame(width),
    height: 40 + subjects.length * 24,
    marginLeft: left,
    marginTop: 4,
    x: { ...timeAxis(width), domain: [new Date(from), new Date(now)], grid: true },
    y: {
      type: 'band',
      domain: subjects,
      tickFormat: (subject: string) => shortened(subject, letters),
      label: null,
      padding: 0.35,
      tickSize: 0,
    },
    marks: [
      plot.ruleY(subjects, { y: (subject: string) => subject, stroke: 'var(--line)' }),
      plot.barX(shown, {
        x1: 'x1',
        x2: 'x2',
        y: 'subject',
        rx: 2,
        fill: (d: { fill: string }) => d.fill,
        stroke: (d: { border: string }) => d.border,
        strokeWidth: 1.6,
        title: 'title',
      }),
    ],
    color: { type: 'identity' },
  });
}
