import type { Pen } from '../draw/plot.ts';
import { named } from '../draw/frame.ts';
import { drawLag } from '../draw/lag.ts';
import type { PageData } from '../page-data.ts';
import { formatDuration } from '../../model/duration.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { legend, more, picture, section, table } from './picture.ts';
import { clock } from './words.ts';

/** Lag over time by source, against the line from which a source is late. The sources with the longest lags have names. */
export function freshness(data: PageData, pen: Pen): Html {
  const { at, lateAfterMs } = data;
  return section('freshness', 'Freshness over seven days', data.lag, (lag) => {
    const now = new Map(
      'value' in data.sources
        ? data.sources.value.flatMap(({ source, currentThrough }) =>
            currentThrough === null ? [] : [[source, Math.max(0, at - currentThrough) / 1_000] as const],
          )
        : [],
    );
    const lines = [...new Set([...Object.keys(lag), ...now.keys()])]
      .map((source) => {
        const before = lag[source] ?? [];
        const points = now.has(source) ? [...before, [at, now.get(source)!] as const] : before;
        return { source, points, longest: Math.max(...points.map(([, seconds]) => seconds)) };
      })
      .sort((a, b) => b.longest - a.longest || (a.source < b.source ? -1 : 1));
    if (lines.length === 0) return 'No source has landed yet.';
    const shown = lines.slice(0, named);
    const summary = `The longest lag of each source by the hour, in seven days: ${shown.map(({ source, longest }) => `${source} at most ${formatDuration(longest)}`).join(', ')}. A source is late after ${formatDuration(lateAfterMs / 1_000)}.`;
    return html`${legend([
      ...shown.map(({ source }, n) => [source, n] as const),
      ...(lines.length > named ? [[`the longest of ${lines.length - named} others`, null] as const] : []),
    ])}
    ${picture(summary, (width) => drawLag(pen, width, lines, lateAfterMs, at))}
    ${more(
      'Numbers',
      table(
        ['source', 'now', 'longest', 'when'],
        lines.map(({ source, points, longest }) => [
          source,
          now.has(source) ? formatDuration(now.get(source)!) : '',
          formatDuration(longest),
          clock(points.find(([, seconds]) => seconds === longest)![0], at),
        ]),
        [1, 2],
      ),
    )}`;
  });
}
