import { formatDuration } from '../../model/duration.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** An instant as on a clock, in UTC: `21:04` on the day of `now`, otherwise `Tue 24 Nov 21:04`. */
export function clock(at: number, now: number): string {
  const time = new Date(at).toISOString();
  const hour = time.slice(11, 16);
  return time.slice(0, 10) === new Date(now).toISOString().slice(0, 10) ? hour : `${dayName(at)} ${hour}`;
}

/** A day of UTC: `Tue 24 Nov`. */
export function dayName(at: number): string {
  const date = new Date(at);
  return `${days[date.getUTCDay()]} ${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
}

/** An instant as markup, exact for machines and when pointed at. */
export function instant(at: number, now: number): Html {
  const exact = new Date(at).toISOString();
  return html`<time datetime="${exact}" title="${exact.slice(0, 19).replace('T', ' ')} UTC"
    >${clock(at, now)}</time
  >`;
}

/** How long ago: `4 min ago`. */
export function ago(at: number, now: number): string {
  return `${formatDuration((now - at) / 1_000)} ago`;
}

/** A number with separators: `12,345`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1 row`, `2 rows`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A number in at most four characters: `950`, `12k`, `3.4M`. */
export function short(value: number): string {
  const size = Math.abs(value);
  for (const [unit, letter] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (size >= unit) return `${Number((value / unit).toFixed(size >= 10 * unit ? 0 : 1))}${letter}`;
  return String(Number(value.toFixed(size >= 10 || size === Math.round(size) ? 0 : 1)));
}

/** Bytes: `640 KiB`, `1.2 GiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [size, at] = [value, 0];
  while (size >= 1_024 && at < units.length - 1) [size, at] = [size / 1_024, at + 1];
  return `${size >= 10 || at === 0 ? Math.round(size) : size.toFixed(1)} ${units[at]}`;
}

/** Seconds: `0.8 s`, `42 s`, `3 min`. */
export function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} s` : formatDuration(value);
}
