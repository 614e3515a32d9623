import { formatDuration } from '../../model/duration.ts';
import type { LagLine } from '../draw/lag.ts';
import { cutFrom, drawLag } from '../draw/lag.ts';
import { colourCount } from '../draw/palette.ts';
import type { Pen } from '../draw/plot.ts';
import type { PageData } from '../page-data.ts';
import type { ColourOf } from './colours.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { fullPicture, legend, more, section, table } from './picture.ts';
import { clock } from './words.ts';

const colours = colourCount('source');

/** The sources with the longest lags, which have lines of their own. */
export function laggingSources(data: PageData): readonly string[] {
  return linesOf(data)
    .slice(0, colours)
    .map(({ source }) => source);
}

/** Lag over time by source, against the line from which a source is late. */
export function freshness(data: PageData, pen: Pen, colourOf: ColourOf): Html {
  const { at, lateAfterMs } = data;
  return section('freshness', 'Freshness over seven days', data.lag, () => {
    const lines = linesOf(data);
    if (lines.length === 0) return 'No source has landed yet.';
    const shown = lines
      .slice(0, colours)
      .map(({ source, points }): LagLine => ({ source, points, colour: colourOf(source) }));
    const others = lines.slice(colours);
    const rest = `the longest of ${others.length} others`;
    const drawn: readonly LagLine[] =
      others.length === 0 ? shown : [...shown, { source: rest, points: longestOf(others), colour: 'faint' }];
    const summary = `The longest lag of each source by the hour, in seven days: ${lines
      .slice(0, colours)
      .map(({ source, longest }) => `${source} at most ${formatDuration(longest)}`)
      .join(', ')}. A source is late after ${formatDuration(lateAfterMs / 1_000)}.`;
    const cut = cutFrom(drawn, lateAfterMs);
    return html`${legend(drawn.map(({ source, colour }) => [source, colour]))}
    ${cut !== Infinity && html`<p class="nothing">▲ marks a lag of more than ${formatDuration(cut)}, which is cut off.</p>`}
    ${fullPicture(summary, (width) => drawLag(pen, width, drawn, lateAfterMs, at))}
    ${more(
      'Numbers',
      table(
        ['source', 'now', 'longest', 'when'],
        lines.map(({ source, points, longest, now }) => [
          source,
          now === undefined ? '' : formatDuration(now),
          formatDuration(longest),
          clock(points.find(([, seconds]) => seconds === longest)![0], at),
        ]),
        [1, 2],
      ),
    )}`;
  });
}

type Points = LagLine['points'];

interface Line {
  readonly source: string;
  readonly points: Points;
  readonly longest: number;
  /** The lag at the time of the page, in seconds. */
  readonly now: number | undefined;
}

/** The lags of each source, those of now included, the source with the longest one first. */
function linesOf({ at, lag, sources }: PageData): readonly Line[] {
  if ('missing' in lag) return [];
  const now = new Map(
    'value' in sources
      ? sources.value.flatMap(({ source, currentThrough }) =>
          currentThrough === null ? [] : [[source, Math.max(0, at - currentThrough) / 1_000] as const],
        )
      : [],
  );
  return [...new Set([...Object.keys(lag.value), ...now.keys()])]
    .map((source) => {
      const before = lag.value[source] ?? [];
      const points = now.has(source) ? [...before, [at, now.get(source)!] as const] : before;
      return {
        source,
        points,
        longest: Math.max(...points.map(([, seconds]) => seconds)),
        now: now.get(source),
      };
    })
    .sort((a, b) => b.longest - a.longest || (a.source < b.source ? -1 : 1));
}

const hourMs = 3_600_000;

/** The longest lag of several sources in each hour. */
function longestOf(lines: readonly Line[]): Points {
  const longest = new Map<number, readonly [number, number]>();
  for (const { points } of lines)
    for (const point of points) {
      const hour = Math.floor(point[0] / hourMs);
      if (point[1] > (longest.get(hour)?.[1] ?? -1)) longest.set(hour, point);
    }
  return [...longest.values()].sort(([a], [b]) => a - b);
}
