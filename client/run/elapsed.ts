import { formatDuration } from '../../model/duration.ts';

/** The seconds since `began`, a value of `performance.now()`, to the millisecond. */
export function elapsedSeconds(began: number): number {
  return Math.round(performance.now() - began) / 1000;
}

/** How long a run took: `3.2 s`, `26 min`. */
export function formatElapsed(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : formatDuration(seconds);
}
