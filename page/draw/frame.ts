import type { Pen } from './plot.ts';

type Options = NonNullable<Parameters<Pen['draw']>[0]>;

/** The widths in which pictures are drawn: for a phone, for half a screen, and for a whole one. */
export const widths = { narrow: 330, wide: 700, full: 1_400 } as const;

/** The height of all pictures, so that no half of the page is emptier than the other. */
export const height = 230;

/** The margins and sizes that all pictures share. */
export function frame(width: number): Options {
  return {
    width,
    height,
    marginLeft: 46,
    marginRight: 14,
    marginTop: 18,
    marginBottom: 28,
  };
}

/**
 * A time axis in UTC, or in the time of a place whose instants are given so, with as many ticks as fit: days as `27 Nov`, hours
 * as `06:00`.
 */
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
