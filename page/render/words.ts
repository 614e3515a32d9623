import { formatDuration } from '../../model/duration.ts';
import { formatTime } from '../../model/time.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** An instant as on a clock, in UTC, which the page says once: `21:04` on the day of `now`, otherwise `Tue 24 Nov 21:04`. */
export function clock(at: number, now: number): string {
  const [day, time] = new Date(at).toISOString().split('T');
  return day === new Date(now).toISOString().slice(0, 10) ? time!.slice(0, 5) : dayAndClock(at);
}

/** An instant with its day, also where that is today's: `Fri 27 Nov 06:00`. */
export function dayAndClock(at: number): string {
  return `${dayName(at)} ${new Date(at).toISOString().slice(11, 16)}`;
}

/** A day of UTC: `Tue 24 Nov`. */
export function dayName(at: number): string {
  const date = new Date(at);
  return `${days[date.getUTCDay()]} ${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
}

/** A day of UTC with its year: `Tue 24 Nov 2026`. */
export function dateName(at: number): string {
  return `${dayName(at)} ${new Date(at).getUTCFullYear()}`;
}

/** An instant as markup, exact for machines and when pointed at. */
export function instant(at: number, now: number): Html {
  const exact = new Date(at).toISOString();
  return html`<time datetime="${exact}" title="${formatTime(exact)}">${clock(at, now)}</time>`;
}

/** A sentence from elsewhere with its times as the page has them: `2026-11-27 08:29 UTC` is `08:29` on that day. */
export function inPageTime(text: string, now: number): string {
  return text.replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d(:\d\d)?) UTC/g, (_, day: string, time: string) =>
    clock(Date.parse(`${day}T${time}Z`), now),
  );
}

/** How long ago: `4 min ago`. */
export function ago(at: number, now: number): string {
  return `${formatDuration((now - at) / 1_000)} ago`;
}
