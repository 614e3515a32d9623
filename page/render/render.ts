import { createHash } from 'node:crypto';
import { formatCount } from '../../model/number.ts';
import type { Pen } from '../draw/plot.ts';
import type { PageData } from '../page-data.ts';
import { verdictOf } from '../problems.ts';
import { colourNames } from './colours.ts';
import { head, sourcesTable } from './first-screen.ts';
import { freshness, laggingSources } from './freshness.ts';
import { heldBackTables } from './held-back.ts';
import { Html, html } from './html.ts';
import { incidents } from './incidents.ts';
import { landedTables, landings } from './landings.ts';
import { isLoopback } from './run-address.ts';
import { runsGrid } from './runs-grid.ts';
import { schemaChanges } from './schema-changes.ts';
import { leadingProjects, sessions } from './sessions.ts';
import { grownTables, sizes } from './sizes.ts';
import { speed } from './speed.ts';
import { script, style } from './style.ts';
import { weather } from './weather.ts';
import { clock, dateName } from './words.ts';

const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const filePolicy = `default-src 'none'; style-src ${digest(style)}; img-src data:; base-uri 'none'; form-action 'none'`;

/** The content security policy of the served page: its own style sheet and script, and nothing from elsewhere. */
export const pagePolicy = `${filePolicy}; script-src ${digest(script)}; connect-src 'self'; frame-ancestors 'none'`;

const anchors = [
  ['sources', 'How current is each source?'],
  ['runs', 'Runs'],
  ['freshness', 'Freshness over seven days'],
  ['seconds', 'Seconds per activity'],
  ['rows', 'What landed in the last 36 hours'],
  ['sizes', 'Rows and sizes in the warehouse'],
  ['incidents', 'Incidents in seven days'],
  ['weather', 'Weather in seven days'],
  ['sessions', 'Sessions in 30 days'],
  ['held-back', 'Tables held back'],
  ['schema', 'Schema changes'],
] as const;

/**
 * The page as one HTML document. A `served` page refreshes itself: with its script every half minute, without scripts once
 * a minute. Otherwise it is a file, written on a `machine`, that opens without a network and asks for nothing. Whoever gets
 * the file may be elsewhere: where the Web UI is only for that machine, the file has no links to it, and says so.
 */
export function render(given: PageData, pen: Pen, as: 'served' | { readonly machine: string }): string {
  const served = as === 'served';
  const { webUi, ...withoutLinks } = given;
  const isLocal = !served && webUi !== undefined && isLoopback(webUi);
  const data = isLocal ? withoutLinks : given;
  const verdict = verdictOf(data);
  const colourOfSource = colourNames('source', laggingSources(data), leadingProjects(data));
  const colourOfTable = colourNames('table', landedTables(data), grownTables(data));
  const title = {
    good: 'All good',
    problems: formatCount(verdict.problems.filter(({ mutedUntil }) => mutedUntil === null).length, 'problem'),
    muted: formatCount(verdict.problems.length, 'muted problem'),
    unknown: 'Unknown',
  }[verdict.state];
  const time = `${dateName(data.at)}, ${clock(data.at, data.at)} UTC`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}: Tidehouse</title>
        <link rel="icon" href="data:," />
        ${!served && html`<meta http-equiv="content-security-policy" content="${filePolicy}" />`}
        ${served && html`<noscript><meta http-equiv="refresh" content="60" /></noscript>`}
        ${new Html(`<style>${style}</style>`)}
        ${served && new Html(`<script type="module">${script}</script>`)}
      </head>
      <body>
        ${head(data, verdict)}
        <nav aria-label="Parts of this page">
          <ul>
            ${anchors.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}
          </ul>
        </nav>
        <main>
          ${sourcesTable(data)} ${runsGrid(data)} ${freshness(data, pen, colourOfSource)} ${speed(data, pen)}
          ${landings(data, pen, colourOfTable)} ${sizes(data, pen, colourOfTable)}
          ${incidents(data, verdict, pen)} ${weather(data, pen)} ${sessions(data, pen, colourOfSource)}
          ${heldBackTables(data)} ${schemaChanges(data)}
        </main>
        <footer>
          ${
            served
              ? html`<p id="stale" role="status" hidden>This page is not up to date: it cannot be fetched.</p>
                  <p>Read at ${time}. This page refreshes itself and changes nothing.</p>`
              : html`<p>
                  Written on ${as.machine} at ${time}.
                  ${isLocal && html`The runs are in the Web UI of that machine, ${webUi}, which cannot be reached from elsewhere.`}
                </p>`
          }
        </footer>
      </body>
    </html> `.text;
}
