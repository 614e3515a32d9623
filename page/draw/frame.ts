import type { Pen } from './plot.ts';

type Options = NonNullable<Parameters<Pen['draw']>[0]>;

/** The widths in which each picture is drawn: for a phone and for everything wider. */
export const widths = { narrow: 330, wide: 700 } as const;

/** The margins and sizes that all pictures share. */
export function frame(width: number, height: number): Options {
  return {
    width,
    height: width <= widths.narrow ? Math.round(height * 0.9) : height,
    marginLeft: 46,
    marginRight: 14,
    marginTop: 18,
    marginBottom: 28,
  };
}

/** A time axis (UTC) with as many ticks as fit: days as `27 Nov`, hours as `06:00`. */
export function timeAxis(width: number) {
  return {
    type: 'utc' as const,
    ticks: width <= widths.narrow ? 4 : 8,
    label: null,
    tickFormat: (at: Date) => {
      const [, hour] = at.toISOString().split('T');
      return hour!.startsWith('00:00') ? `${at.getUTCDate()} ${monthName(at)}` : hour!.slice(0, 5);
    },
  };
}

function monthName(at: Date): string {
  return at.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
}

/** How many series have a colour of their own. */
export const named = 8;

/** The colour of a series; what comes after the named ones is grey. */
export function series(at: number): string {
  return at < named ? `var(--s${at + 1})` : 'var(--faint)';
}
