import { formatCount } from '../../model/number.ts';
import type { PageData, SchemaChange } from '../page-data.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { section, sentenceTable } from './picture.ts';
import { instant } from './words.ts';

/** What arrived, left, or was renamed or retyped, and when. */
export function schemaChanges(data: PageData): Html {
  return section('schema', 'Schema changes', data.schemaChanges, (changes) =>
    changes.length === 0
      ? 'None recorded yet.'
      : sentenceTable(
          ['when', 'source', 'table', 'change'],
          changes.map((change) => [
            html`${instant(change.at, data.at)}`,
            change.source,
            change.table ?? '',
            sentenceOf(change),
          ]),
        ),
  );
}

function sentenceOf({ column, change, before, after, tables }: SchemaChange): Html {
  if (tables !== null) return html`${formatCount(tables, 'table')} arrived`;
  if (column === null) return change === 'left' ? html`the table is no longer read` : html`the table arrived`;
  switch (change) {
    case 'arrived':
      return html`column <b>${column}</b> arrived (${after})`;
    case 'left':
      return html`column <b>${column}</b> vanished (${before})`;
    case 'renamed':
      return html`column <b>${before}</b> became <b>${after}</b>`;
    case 'retyped':
      return html`column <b>${column}</b> was ${before} and is ${after}`;
  }
}
