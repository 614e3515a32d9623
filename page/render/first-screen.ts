import { formatDuration } from '../../model/duration.ts';
import { formatCount, formatNumber } from '../../model/number.ts';
import type { PageData, SourceState } from '../page-data.ts';
import type { ShownProblem, Verdict } from '../problems.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { foldedAfter, section, shownSources, table } from './picture.ts';
import { linked, runAddress } from './run-address.ts';
import { ago, instant } from './words.ts';

/** More problems than this are to be opened, so that a warehouse that is away does not hide the rest of the page. */
const shownProblems = 12;

/** Whether all is good, since when, and what the problems are. */
export function head(data: PageData, verdict: Verdict): Html {
  const { at, mutes = [] } = data;
  const { state, problems, unknown } = verdict;
  const isMuted = ({ incident }: ShownProblem) => incident?.mutedUntil != null && incident.mutedUntil > at;
  // What nobody has looked at comes first.
  const ordered = [...problems.filter((each) => !isMuted(each)), ...problems.filter(isMuted)];
  return html`<header class="${state}">
    <p class="name">Tidehouse <span class="asof">as of ${instant(at, at)} UTC</span></p>
    <h1>${sentence(verdict, at)}</h1>
    ${unknown.map((why) => html`<p class="unknown">${why}</p>`)}
    ${
      problems.length > 0 &&
      foldedAfter(
        shownProblems,
        ordered,
        'problem',
        (shown) =>
          html`<ul class="problems">
            ${shown.map((problem) => item(data, problem))}
          </ul>`,
      )
    }
    ${mutes.map(({ subject, until }) => html`<p class="mutes"><strong>${subject}</strong> is <span class="muted">muted until ${instant(until, at)} UTC</span>, whatever happens to it.</p>`)}
  </header>`;
}

function sentence({ state, problems, goodSince }: Verdict, now: number): Html {
  if (state === 'problems')
    return html`${formatCount(problems.length, 'problem')}, ${problems.length > 1 && 'the first '}since
    ${instant(problems[0]!.since, now)} UTC`;
  if (state === 'unknown') return html`Nothing can be said for certain`;
  return goodSince === undefined
    ? html`All good: no incident in the last 7 days`
    : html`All good since ${instant(goodSince, now)} UTC`;
}

function item(data: PageData, { subject, problem, why, since, incident }: ShownProblem): Html {
  const { at } = data;
  const muted = incident?.mutedUntil != null && incident.mutedUntil > at && incident.mutedUntil;
  return html`<li>
    <strong>${subject}</strong> ${linked(incident && runAddress(data, incident), problem)}, since
    ${instant(since, at)} UTC (${formatDuration((at - since) / 1_000)}).
    ${muted && html`<span class="muted">Muted until ${instant(muted, at)} UTC.</span>`}
    ${why?.split('\n').map((line) => (line.endsWith(';') ? html`<code>${line}</code>` : html`<span class="why">${line}</span>`))}
  </li>`;
}

const states = {
  failing: 'failing',
  late: 'late',
  'held back': 'held back',
  current: 'current',
  never: 'nothing yet',
};

/** How current each source is, those with a problem first. */
export function sourcesTable(data: PageData): Html {
  const { at, lateAfterMs, heldBack } = data;
  const held = (source: string) =>
    'value' in heldBack ? heldBack.value.filter((each) => each.source === source).length : 0;
  const stateOf = ({ source, error, currentThrough }: SourceState): keyof typeof states => {
    if (error !== null) return 'failing';
    if (currentThrough === null) return 'never';
    if (at - currentThrough > lateAfterMs) return 'late';
    return held(source) > 0 ? 'held back' : 'current';
  };
  const rank = Object.keys(states);
  return section(
    'sources',
    'How current is each source?',
    data.sources,
    (sources) => {
      const rows = sources
        .map((source) => ({ ...source, state: stateOf(source), held: held(source.source) }))
        .sort((a, b) => rank.indexOf(a.state) - rank.indexOf(b.state))
        .map(({ source, state, completeThrough, tables, rows, held }) => [
          html`<span class="state ${state.replace(' ', '-')}">${states[state]}</span>`,
          html`<strong>${source}</strong>`,
          completeThrough === null
            ? 'never'
            : html`${instant(completeThrough, at)} UTC,
                <span class="age">${ago(Math.min(completeThrough, at), at)}</span>`,
          held > 0 ? `${tables} (${held} held back)` : String(tables),
          formatNumber(rows),
        ]);
      return foldedAfter(shownSources, rows, 'source', (shown) =>
        table(['state', 'source', 'complete through', 'tables', 'rows'], shown, [3, 4]),
      );
    },
    true,
  );
}
