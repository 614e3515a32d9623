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

/** How many colours there are for names. */
export const colours = 8;

/** The number of a name's colour, from 0; null is grey. */
export type Colour = number | null;

/** A colour as the style sheet has it, light or dark. */
export function paint(colour: Colour): string {
  return colour === null ? 'var(--faint)' : `var(--s${colour + 1})`;
}
