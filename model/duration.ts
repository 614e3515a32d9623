const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Ten years. An instant that is much farther away has no date. */
const longestMs = 3_650 * unitMs.d;

/**
 * The milliseconds of a duration such as `30s`, `10m`, `1h`, `2d`; `undefined` when the text is not a duration, or one of more
 * than ten years.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+)\s*([smhd])$/.exec(text.trim());
  if (!match) return undefined;
  const ms = Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  return ms > 0 && ms <= longestMs ? ms : undefined;
}

/** The abbreviations of units of time in one language. */
export interface DurationUnits {
  readonly s: string;
  readonly min: string;
  readonly h: string;
  readonly d: string;
}

const englishUnits: DurationUnits = { s: 's', min: 'min', h: 'h', d: 'd' };

/**
 * Seconds in human-readable form: `42 s`, `1 min 42 s`, `26 min`, `1 h 30 min`, `24 h`, `4 d 1 h`, or with the units of another
 * language. In the largest unit of which there is one, but in days only from two of them on, and in the next smaller unit;
 * seconds only below ten minutes.
 */
export function formatDuration(seconds: number, { s, min, h, d } = englishUnits): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} ${s}`;
  if (whole < 600) return inTwoUnits(whole, 60, min, s);
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} ${min}`;
  return minutes < 48 * 60 ? inTwoUnits(minutes, 60, h, min) : inTwoUnits(Math.floor(minutes / 60), 24, d, h);
}

function inTwoUnits(count: number, perUnit: number, unit: string, smaller: string): string {
  const rest = count % perUnit;
  return `${Math.floor(count / perUnit)} ${unit}${rest > 0 ? ` ${rest} ${smaller}` : ''}`;
}

/** How long something took, with tenths of a second while they count: `0.8 s`, `42 s`, `3 min`. */
export function formatElapsed(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : formatDuration(seconds);
}
