import { logName } from '../../activities/alerts/telegram/chats.ts';
import { webhookName } from '../../model/alerts-config.ts';
import { formatDuration } from '../../model/duration.ts';
import { formatCount } from '../../model/number.ts';
import type { Pen } from '../draw/plot.ts';
import { drawTimeline } from '../draw/timeline.ts';
import type { Incident, PageData } from '../page-data.ts';
import type { Verdict } from '../problems.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { foldedAfter, fullPicture, legend, section, sentenceTable } from './picture.ts';
import { linked, runAddress } from './run-address.ts';
import { clock, inPageTime, instant } from './words.ts';

const days = 7;
const drawnSubjects = 20;
const shownIncidents = 20;

/** The incidents of seven days: when, how long, whom they notified, and until when they are muted. */
export function incidents(data: PageData, verdict: Verdict, pen: Pen): Html {
  const { at, mutes = [] } = data;
  const began = new Map(verdict.problems.map(({ incident, since }) => [incident?.runId, since]));
  const silenced =
    mutes.length > 0 &&
    html`<p>
      Muted for a time, whatever happens:
      ${mutes.map(({ subject, until }, n) => html`${n > 0 && ', '}${subject} until ${instant(until, at)}`)}.
    </p>`;
  return section('incidents', 'Incidents in seven days', data.incidents, (found) => {
    if (found.length === 0)
      return silenced
        ? html`<p class="nothing">None.</p>
            ${silenced}`
        : 'None.';
    // As the first screen has it.
    const incidents = found.map((each) => ({ ...each, since: began.get(each.runId) ?? each.since }));
    const subjects = new Set([...new Set(incidents.map(({ subject }) => subject))].slice(0, drawnSubjects));
    const spans = incidents
      .filter(({ subject }) => subjects.has(subject))
      .map((incident) => ({
        subject: incident.subject,
        from: incident.since,
        to: incident.resolvedAt ?? at,
        state: stateOf(incident, at),
        title: `${incident.subject}: ${inPageTime(incident.problem, at)}, ${lasted(incident, at)}`,
      }));
    const open = incidents.filter(({ resolvedAt }) => resolvedAt === null).length;
    return html`${legend([
      ['open', 'bad'],
      ['open and muted', 'hollow'],
      ['resolved', 'faint'],
    ])}
    ${fullPicture(
      `${formatCount(incidents.length, 'incident')} in seven days, ${open} of them open.`,
      (width) => drawTimeline(pen, width, spans, at - days * 86_400_000, at),
    )}
    ${foldedAfter(shownIncidents, incidents, 'incident', (shown) =>
      sentenceTable(
        ['incident', 'problem', 'since', 'how long', 'notified', 'muted until'],
        shown.map((incident) => [
          linked(runAddress(data, incident), incident.subject),
          inPageTime(incident.problem, at),
          instant(incident.since, at),
          lasted(incident, at),
          notified(incident, at),
          incident.mutedUntil === null ? '' : html`${instant(incident.mutedUntil, at)}`,
        ]),
      ),
    )}
    ${silenced}`;
  });
}

function stateOf({ resolvedAt, mutedUntil }: Incident, now: number) {
  if (resolvedAt !== null) return 'resolved' as const;
  return mutedUntil !== null && mutedUntil > now ? ('muted' as const) : ('open' as const);
}

function lasted({ since, resolvedAt }: Incident, now: number): string {
  const took = formatDuration(((resolvedAt ?? now) - since) / 1_000);
  return resolvedAt === null ? `open for ${took}` : took;
}

function notified({ notified }: Incident, now: number): string {
  if (notified === null) return 'nobody';
  const { chats, at } = notified;
  const names = chats.map((chat) => {
    if (chat === logName) return 'only the log';
    return chat === webhookName ? 'the webhook' : `Telegram chat ${chat}`;
  });
  return `${names.length > 0 ? names.join(', ') : 'yes'} at ${clock(at, now)}`;
}
