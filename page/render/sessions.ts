import { formatCount, formatNumber, formatShort } from '../../model/number.ts';
import { drawDays } from '../draw/lines.ts';
import type { Pen } from '../draw/plot.ts';
import type { PageData, SessionDay } from '../page-data.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { ColourOf } from './colours.ts';
import { legend, more, picture, section, table } from './picture.ts';
import { dayName } from './words.ts';

const namedProjects = 7;

interface Measure {
  readonly title: string;
  readonly label: string;
  readonly of: (day: SessionDay) => number | null;
  readonly format: (value: number) => string;
}

const usd = (value: number) => `$${formatShort(value)}`;
const percent = (value: number) => `${value.toFixed(value >= 10 ? 0 : 1)}%`;

const measures: readonly Measure[] = [
  { title: 'Sessions', label: 'sessions', of: ({ sessions }) => sessions, format: formatShort },
  { title: 'Events', label: 'events', of: ({ events }) => events, format: formatShort },
  { title: 'Revenue', label: 'USD', of: ({ usd }) => usd, format: usd },
  {
    title: 'Conversion',
    label: 'sessions with a successful transaction',
    of: ({ sessions, buying }) => (sessions === 0 ? null : (100 * buying) / sessions),
    format: percent,
  },
];

/** The projects with the most sessions, which have lines of their own. */
export function leadingProjects({ sessions }: PageData): readonly string[] {
  if ('missing' in sessions) return [];
  const totals = new Map<string, number>();
  for (const { project, sessions: count } of sessions.value)
    totals.set(project, (totals.get(project) ?? 0) + count);
  return [...totals]
    .sort(([, a], [, b]) => b - a)
    .slice(0, namedProjects)
    .map(([project]) => project);
}

/** The session analytics of 30 days by source: sessions, events, revenue in USD, conversion, unpriced transactions. */
export function sessions(data: PageData, pen: Pen, colourOf: ColourOf): Html {
  return section('sessions', 'Sessions in 30 days', data.sessions, (given) => {
    if (given.length === 0) return 'No session began in the last 30 days.';
    const days = withoutSmall(given, leadingProjects(data));
    const projects = [...new Set(days.map(({ project }) => project))];
    const unpriced = given.reduce((sum, { unpriced }) => sum + unpriced, 0);
    const total = sumOf(given, 'all sources', 0);
    return html`<p>
        ${formatCount(total.sessions, 'session')}, ${formatCount(total.events, 'event')},
        $${formatNumber(Math.round(total.usd))};
        ${formatCount(unpriced, 'unpriced transaction')}${unpriced > 0 && ' (no rate to USD within seven days)'}.
      </p>
      ${legend(projects.map((project) => [project, colourOf(project)]))}
      <div class="pair">
        ${measures.map((measure) => measurePicture(measure, days, projects, colourOf, pen))}
      </div>
      ${more(
        'Numbers',
        table(
          ['day', 'source', 'sessions', 'events', 'USD', 'conversion', 'unpriced'],
          [...days]
            .reverse()
            .map((day) => [
              dayName(day.day),
              day.project,
              formatNumber(day.sessions),
              formatNumber(day.events),
              day.usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
              percent(measures[3]!.of(day) ?? 0),
              formatNumber(day.unpriced),
            ]),
          [2, 3, 4, 5, 6],
        ),
      )}`;
  });
}

function measurePicture(
  { title, label, of, format }: Measure,
  days: readonly SessionDay[],
  projects: readonly string[],
  colourOf: ColourOf,
  pen: Pen,
): Html {
  const all = [...new Set(days.map(({ day }) => day))].sort((a, b) => a - b);
  const lines = projects.map((project) => {
    const known = new Map(
      days.filter((each) => each.project === project).map((each) => [each.day, of(each)]),
    );
    return {
      name: project,
      colour: colourOf(project),
      points: all.map((day) => [day, known.get(day) ?? null] as const),
    };
  });
  const last = (points: readonly (readonly [number, number | null])[]) =>
    points.filter(([, value]) => value !== null).at(-1)?.[1] ?? 0;
  const summary = `${title} per day: ${lines.map(({ name, points }) => `${name} last ${format(last(points))}`).join(', ')}.`;
  return html`<div>
    <h3>${title}</h3>
    ${picture(summary, (width) => drawDays(pen, width, lines, label, format))}
  </div>`;
}

/** The days of the leading projects, and those of all others together. */
function withoutSmall(days: readonly SessionDay[], leading: readonly string[]): SessionDay[] {
  const others = days.filter(({ project }) => !leading.includes(project));
  if (others.length === 0) return [...days];
  const count = new Set(others.map(({ project }) => project)).size;
  const sums = [...new Set(others.map(({ day }) => day))].map((day) =>
    sumOf(
      others.filter((each) => each.day === day),
      `${count} other sources`,
      day,
    ),
  );
  return [...days.filter(({ project }) => leading.includes(project)), ...sums].sort((a, b) => a.day - b.day);
}

function sumOf(days: readonly SessionDay[], project: string, day: number): SessionDay {
  const sum = (of: (each: SessionDay) => number) => days.reduce((total, each) => total + of(each), 0);
  return {
    day,
    project,
    sessions: sum(({ sessions }) => sessions),
    events: sum(({ events }) => events),
    usd: sum(({ usd }) => usd),
    buying: sum(({ buying }) => buying),
    unpriced: sum(({ unpriced }) => unpriced),
  };
}
