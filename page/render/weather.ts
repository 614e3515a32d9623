import type { Pen } from '../draw/plot.ts';
import { drawTemperature, drawWind } from '../draw/weather.ts';
import { localTime } from '../../model/local-hour.ts';
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
    true,
  );
}

/** A place's days, hours and pictures are all in its own time. */
function placeWeather(weather: PlaceWeather, utc: number, pen: Pen): Html {
  const { place, timezone, provider, days } = weather;
  const hours = weather.hours.map((hour) => ({ ...hour, at: localTime(timezone, hour.at) }));
  const now = localTime(timezone, utc);
  const summary = `${place}: ${days.map((day) => `${dayName(Date.parse(day.day))}: ${completeness(day)}`).join('; ')}.`;
  const nothing = hours.every(({ temp, speed }) => temp === null && speed === null);
  return html`<article>
    <h3>${place} <small>in the time of ${timezone}, from ${provider}</small></h3>
    <ul class="days">
      ${[...days].reverse().map((day) => dayItem(day, timezone))}
    </ul>
    ${
      nothing
        ? html`<p class="nothing">The files of the last seven days have no hour of ${place}.</p>`
        : html`${legend([
              ['temperature, with minimum and maximum', 0],
              ['wind speed; arrows show where it blows to', 2],
              ['filled from the history', 1],
              ['missing', 'bad'],
            ])}
            <div class="pair">
              ${picture(`Temperature at ${summary}`, (width) => drawTemperature(pen, width, hours, now))}
              ${picture(`Wind at ${summary}`, (width) => drawWind(pen, width, hours, now))}
            </div>`
    }
    ${
      days.some(({ missing }) => missing.length > 0) &&
      more(
        'Missing hours',
        table(
          ['day', `hours (${timezone})`],
          days
            .filter(({ missing }) => missing.length > 0)
            .map(({ day, missing }) => [dayName(Date.parse(day)), missing.map(hourIn(timezone)).join(', ')]),
        ),
      )
    }
  </article>`;
}

function completeness({ of, present, filled }: WeatherDay): string {
  return `${present} of ${of} hours${filled > 0 ? `, ${filled} filled` : ''}`;
}

/** So many missing hours are named with their day. */
const namedHours = 3;

function dayItem(day: WeatherDay, timezone: string): Html {
  const { missing } = day;
  const state = day.present === day.of ? (day.filled > 0 ? 'filled' : 'complete') : 'gaps';
  const mark = { complete: '✓', filled: '✓', gaps: '!' }[state];
  return html`<li class="${state}">
    <b>${dayName(Date.parse(day.day))}</b>
    <span>${mark} ${completeness(day)}</span
    >${missing.length > 0 && missing.length <= namedHours && html` <span>missing: ${missing.map(hourIn(timezone)).join(', ')} in ${timezone}</span>`}
  </li>`;
}

function hourIn(timezone: string) {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, hour: '2-digit', minute: '2-digit' });
  return (hour: number) => format.format(hour);
}
