import type { PageData } from '../page-data.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { section, sentenceTable } from './picture.ts';
import { instant } from './words.ts';

/** The tables that are held back: since when, why, and what to do. */
export function heldBackTables(data: PageData): Html {
  return section('held-back', 'Tables held back', data.heldBack, (held) =>
    held.length === 0
      ? 'None: all tables of all sources land.'
      : sentenceTable(
          ['source', 'table', 'since', 'problem', 'what to do'],
          held.map(({ source, table, since, problem, advice, sql }) => [
            source,
            table,
            html`${instant(since, data.at)}`,
            problem,
            html`${advice} ${sql !== null && html`<code>${sql};</code>`}`,
          ]),
        ),
  );
}
