import { formatCount } from '../../model/number.ts';
import type { Colour } from '../draw/palette.ts';
import { widths } from '../draw/frame.ts';
import type { Part } from '../page-data.ts';
import { Html, html } from './html.ts';

type Row = readonly (Html | string | number | null)[];

/** A table with sentences in its cells: on a phone, each row becomes a list, with the heading before each cell. */
export function sentenceTable(headings: readonly string[], rows: readonly Row[]): Html {
  return html`<div class="stack">${table(headings, rows, [], headings)}</div>`;
}

/** A table with headings; the cells of `numeric` columns are aligned to the right, and each has its column's `label`. */
export function table(
  headings: readonly string[],
  rows: readonly Row[],
  numeric: readonly number[] = [],
  labels: readonly string[] = [],
): Html {
  const label = (at: number) => labels[at] !== undefined && html` data-label="${labels[at]}"`;
  const kind = (at: number) => (numeric.includes(at) ? html` class="number"` : null);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${headings.join(', ')}">
    <table>
      <thead>
        <tr>
          ${headings.map((heading, at) => html`<th scope="col" ${kind(at)}>${heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, at) => (cell === '' ? html`<td${kind(at)}></td>` : html`<td${kind(at)}${label(at)}>${cell}</td>`))}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** What stands behind a line that can be opened. */
export function more(summary: string, content: Html): Html {
  return html`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;
}

/** So many sources are shown; the others are to be opened. */
export const shownSources = 24;

/** The first `count` of the rows, and behind a line that can be opened the others: `76 more sources`. */
export function foldedAfter<R>(
  count: number,
  rows: readonly R[],
  noun: string,
  show: (rows: readonly R[]) => Html,
): Html {
  const first = show(rows.slice(0, count));
  if (rows.length <= count) return first;
  return html`${first} ${more(formatCount(rows.length - count, `more ${noun}`), show(rows.slice(count)))}`;
}

/** What a legend shows in addition to colours of names: a problem, one that is muted, a mark that is only a ring. */
type Sign = 'bad' | 'hollow' | 'ring';

/** A legend: names with their colours or signs. */
export function legend(names: readonly (readonly [name: string, colour: Colour | Sign])[]): Html {
  return html`<ul class="legend">
    ${names.map(([name, colour]) => html`<li><i class="${colour}"></i>${name}</li>`)}
  </ul>`;
}

/** A picture for half a screen and for a phone; `summary` says in words what it shows, for those who do not see it. */
export function picture(summary: string, draw: (width: number) => string): Html {
  return drawn(['wide', 'narrow'], summary, draw);
}

/** The same for a whole screen, half of one and a phone. */
export function fullPicture(summary: string, draw: (width: number) => string): Html {
  return html`<div class="across">${drawn(['full', 'wide', 'narrow'], summary, draw)}</div>`;
}

function drawn(
  names: readonly (keyof typeof widths)[],
  summary: string,
  draw: (width: number) => string,
): Html {
  return html`<div class="picture">
    ${names.map((name) => html`<div class="${name}" role="img" aria-label="${summary}">${new Html(draw(widths[name]))}</div>`)}
  </div>`;
}

/** A part of the page under a heading. A part that is missing, or is empty, says so in its place. */
export function section<T>(
  id: string,
  title: string,
  part: Part<T>,
  show: (value: T) => Html | string,
): Html {
  const content = 'missing' in part ? part.missing : shown(part.value, show);
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content instanceof Html ? content : html`<p class="nothing">${content}</p>`}
  </section>`;
}

/** A part that cannot be drawn is an error of this code, and no reason to show nothing of the others. */
function shown<T>(value: T, show: (value: T) => Html | string): Html | string {
  try {
    return show(value);
  } catch (error) {
    return `This part cannot be drawn: ${error instanceof Error ? error.message : String(error)}.`;
  }
}
