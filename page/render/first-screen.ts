import { formatDuration } from '../../model/duration.ts';
import type { NextAction } from '../../model/incident.ts';
import { alertsScheduleId, syncScheduleId } from '../../model/names.ts';
import { formatCount, formatNumber } from '../../model/number.ts';
import type { PageData, SourceState } from '../page-data.ts';
import type { ShownProblem, Verdict } from '../problems.ts';
import { isLate } from '../problems.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { foldedAfter, section, shownSources, table } from './picture.ts';
import { linked, runAddress } from './run-address.ts';
import { ago, dateName, inPageTime, instant } from './words.ts';

/** More problems than this are to be opened, so that a warehouse that is away does not hide the rest of the page. */
const shownProblems = 12;

/** Whether all is good, since when, and what the problems are. */
export function head(data: PageData, verdict: Verdict): Html {
  const { at, mutes = [] } = data;
  const { state, problems, unknown } = verdict;
  const shown = new Set(problems.map(({ subject }) => subject));
  const silenced = mutes.filter(({ subject }) => !shown.has(subject));
  return html`<header class="${state}">
    <p class="name">
      Tidehouse
      <span class="asof"
        >as of ${dateName(at)}, ${instant(at, at)}. All times are UTC; those of the weather are of its
        place.</span
      >
    </p>
    <h1>${sentence(data, verdict)}${silence(silenced, at)}</h1>
    ${unknown.map((why) => html`<p class="unknown">${why}</p>`)} ${pauses(data, shown)}
    ${
      problems.length > 0 &&
      foldedAfter(
        shownProblems,
        problems,
        'problem',
        (shown) =>
          html`<ul class="problems">
            ${shown.map((problem) => item(data, problem))}
          </ul>`,
      )
    }
    ${silenced.map(
      ({ subject, until }) =>
        html`<p class="mutes">
          <span class="muted">No messages about <strong>${subject}</strong> until ${instant(until, at)}</span
          >, whatever happens to it; its runs go on.
        </p>`,
    )}
  </header>`;
}

function sentence({ at, schedules }: PageData, { state, problems, goodSince }: Verdict): Html {
  const muted = problems.filter(({ mutedUntil }) => mutedUntil !== null).length;
  const needy = problems.length - muted;
  const since = html`since ${problems.length > 0 && instant(problems[0]!.since, at)}`;
  if (state === 'problems')
    return html`${formatCount(needy, 'problem')} ${needy === 1 ? 'needs' : 'need'} somebody,
    ${needy > 1 && 'the first '}${since}${muted > 0 && `; ${muted} more ${muted === 1 ? 'is' : 'are'} muted`}`;
  if (state === 'muted')
    return html`Nothing needs anybody: ${formatCount(muted, 'problem')} ${muted === 1 ? 'is' : 'are'} muted`;
  if (state === 'unknown') return html`Nothing can be said for certain`;
  const paused = schedules?.sync?.paused != null && ', while the sync schedule is paused';
  if (goodSince !== undefined) return html`All good since ${instant(goodSince, at)}${paused}`;
  const watched = schedules?.alerts && at - schedules.alerts.createdAt;
  return watched != null && watched < incidentDays * dayMs
    ? html`All good: no incident since the first start, ${ago(at - watched, at)}${paused}`
    : html`All good: no incident in the last ${incidentDays} days${paused}`;
}

/** The mutes of what has no problem now, which are not among the muted problems. */
function silence(mutes: NonNullable<PageData['mutes']>, now: number): Html | null {
  const [first] = mutes;
  if (!first) return null;
  return mutes.length === 1
    ? html`; no messages about ${first.subject} until ${instant(first.until, now)}`
    : html`; no messages about ${mutes.length} subjects without a problem`;
}

const incidentDays = 7;
const dayMs = 86_400_000;

/** The schedules that somebody has paused, each with the note and how to resume it, unless it is among the problems. */
function pauses({ schedules }: PageData, problems: ReadonlySet<string>): Html[] {
  return ([syncScheduleId, alertsScheduleId] as const).flatMap((id) => {
    const paused = schedules?.[id]?.paused;
    if (paused == null || problems.has(`schedule/${id}`)) return [];
    return [
      html`<p class="mutes">
        The schedule <strong>${id}</strong> is
        <span class="muted">paused</span>${paused !== '' && `: ${paused}`}
        <code>tidehouse schedules resume ${id}</code>
      </p>`,
    ];
  });
}

function item(
  data: PageData,
  { problem, why, lastRun, next, since, isLate, incident, mutedUntil }: ShownProblem,
): Html {
  const { at } = data;
  const address = incident?.run && runAddress(data, incident.run);
  return html`<li${mutedUntil !== null && html` class="quiet"`}>
    <strong>${linked(incident && runAddress(data, incident), inPageTime(problem, at))}</strong>${
      since < at &&
      html`, ${isLate && 'late '}since ${instant(since, at)} (${formatDuration((at - since) / 1_000)})`
    }.
    ${mutedUntil !== null && html`<span class="muted">Muted until ${instant(mutedUntil, at)}.</span>`}
    ${why?.split('\n').map((line) => (line.endsWith(';') ? html`<code>${line}</code>` : html`<span class="why">${line.charAt(0).toUpperCase()}${line.slice(1)}</span>`))}
    ${
      lastRun
        ? html`<span class="why">${linked(lastRun.run && runAddress(data, lastRun.run), lastRun.text)}</span>`
        : address !== undefined && html`<span class="why">${linked(address, 'Its run.')}</span>`
    }
    ${next && todo(next)}
  </li>`;
}

/** What to do next; what is to be run stands alone. */
function todo({ text, command, sql }: NextAction): Html | null {
  if (text === undefined && command === undefined && sql.length === 0) return null;
  return html`<span class="why">Next:${text !== undefined && ` ${text}`}</span>
    ${command !== undefined && html`<code>${command}</code>`}
    ${sql.map((statement) => html`<code>${statement}</code>`)}`;
}

const states = {
  failing: 'failing',
  late: 'late',
  'held back': 'held back',
  paused: 'paused',
  current: 'current',
  never: 'nothing yet',
};

/** How current each source is, those with a problem first. */
export function sourcesTable(data: PageData): Html {
  const { at, heldBack, schedules } = data;
  const held = (source: string) =>
    'value' in heldBack ? heldBack.value.filter((each) => each.source === source).length : 0;
  const stateOf = (source: SourceState): keyof typeof states => {
    if (source.error !== null) return 'failing';
    if (source.currentThrough === null) return 'never';
    if (isLate(source, data)) return 'late';
    if (held(source.source) > 0) return 'held back';
    return schedules?.sync?.paused == null ? 'current' : 'paused';
  };
  const rank = Object.keys(states);
  return section('sources', 'How current is each source?', data.sources, (sources) => {
    const rows = sources
      .map((source) => ({ ...source, state: stateOf(source), held: held(source.source) }))
      .sort((a, b) => rank.indexOf(a.state) - rank.indexOf(b.state))
      .map(({ source, state, completeThrough, tables, rows, held }) => [
        html`<span class="state ${state.replace(' ', '-')}">${states[state]}</span>`,
        html`<strong>${source}</strong>`,
        completeThrough === null
          ? 'never'
          : html`${instant(completeThrough, at)},
              <span class="age">${ago(Math.min(completeThrough, at), at)}</span>`,
        held > 0 ? `${tables} (${held} held back)` : String(tables),
        formatNumber(rows),
      ]);
    const late = formatDuration(data.lateAfterMs / 1_000);
    const headings = ['state', 'source', 'complete through', 'tables', 'rows'];
    return html`<p class="key">
        Failing: its last run failed. Late: more than ${late} behind. Held back: a table of it cannot land.
        Current: none of these.
      </p>
      ${foldedAfter(shownSources, rows, 'source', (shown) => table(headings, shown, [3, 4], headings))}`;
  });
}
