import type { Pen } from '../draw/plot.ts';
import { drawTemperature, drawWind } from '../draw/weather.ts';
import { localDay, localTime } from '../../model/local-hour.ts';
import type { PageData, PlaceWeather, WeatherDay } from '../page-data.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { legend, more, picture, section, table } from './picture.ts';
import { dayName } from './words.ts';

/** The weather of seven days at each place: how complete each day is, temperature and wind. */
export function weather(data: PageData, pen: Pen): Html {
  return section(
    'weather',
    'Weather in seven days',
    data.weather,
    (places) => html`${places.map((place) => placeWeather(place, data.at, pen))}`,
  );
}

/** A place's days, hours and pictures are all in its own time. */
function placeWeather(weather: PlaceWeather, utc: number, pen: Pen): Html {
  const { place, timezone, origin, days } = weather;
  const hours = weather.hours.map((hour) => ({ ...hour, at: localTime(timezone, hour.at) }));
  const now = localTime(timezone, utc);
  const today = localDay(timezone, utc);
  const summary = `${place}: ${days.map((day) => `${dayName(Date.parse(day.day))}: ${completeness(day, today)}`).join('; ')}.`;
  const nothing = hours.every(({ temp, speed }) => temp === null && speed === null);
  return html`<article>
    <h3>${place} <small>in the time of ${timezone}, from ${origin}</small></h3>
    <ul class="days">
      ${[...days].reverse().map((day) => dayItem(day, timezone, today))}
    </ul>
    ${
      weather.since !== undefined &&
      html`<p>
        The first hour of ${place} is that of ${dayName(Date.parse(localDay(timezone, weather.since)))},
        ${hourIn(timezone)(weather.since)}: what was before it was not observed.
      </p>`
    }
    ${weather.hasHistory && days.some(({ missing }) => missing.length > 0) && filling(days)}
    ${
      nothing
        ? html`<p class="nothing">The files of the last seven days have no hour of ${place}.</p>`
        : html`<div class="pair">
              <div>
                <h4>Temperature, with its minimum and maximum</h4>
                ${picture(`Temperature at ${summary}`, (width) => drawTemperature(pen, width, hours, now))}
              </div>
              <div>
                <h4>Wind; the arrows show where it blows to</h4>
                ${picture(`Wind at ${summary}`, (width) => drawWind(pen, width, hours, now))}
              </div>
            </div>
            ${legend([
              ['an hour filled from the history', 'ring'],
              ['a missing hour', 'bad'],
            ])}`
    }
    ${
      days.some(({ missing }) => missing.length > 0) &&
      more(
        'Missing hours',
        table(
          ['day', `hours (${timezone})`],
          days
            .filter(({ missing }) => missing.length > 0)
            .map(({ day, missing }) => [dayName(Date.parse(day)), inWords(missing.map(hourIn(timezone)))]),
        ),
      )
    }
  </article>`;
}

function completeness({ day, of, present, filled }: WeatherDay, today: string): string {
  return `${present} of ${of} hours${day === today ? ' so far' : ''}${filled > 0 ? `, ${filled} filled` : ''}`;
}

/** So many missing hours are named with their day. */
const namedHours = 3;

function dayItem(day: WeatherDay, timezone: string, today: string): Html {
  const { missing } = day;
  const state = day.present === day.of ? (day.filled > 0 ? 'filled' : 'complete') : 'gaps';
  const mark = { complete: '✓', filled: '✓', gaps: '!' }[state];
  return html`<li class="${state}">
    <b>${dayName(Date.parse(day.day))}</b>
    <span>${mark} ${completeness(day, today)}</span
    >${missing.length > 0 && missing.length <= namedHours && html` <span>missing: ${inWords(missing.map(hourIn(timezone)))}</span>`}
  </li>`;
}

/** How the missing hours of these days are filled. */
function filling(days: readonly WeatherDay[]): Html {
  const gaps = days
    .filter(({ missing }) => missing.length > 0)
    .map(({ day }) => day)
    .sort();
  return html`<p>
    Each run fills from the history what is missing in the last 48 hours; older hours are filled by
    <code>tidehouse weather --from ${gaps[0]} --to ${gaps.at(-1)}</code>
  </p>`;
}

/** `12:00`, `12:00 and 13:00`, or `12:00, 13:00 and 14:00`. */
function inWords(hours: readonly string[]): string {
  return hours.length < 2 ? hours.join('') : `${hours.slice(0, -1).join(', ')} and ${hours.at(-1)}`;
}

function hourIn(timezone: string) {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, hour: '2-digit', minute: '2-digit' });
  return (hour: number) => format.format(hour);
}
