import { formatElapsed } from '../../model/duration.ts';
import { formatNumber, formatShort } from '../../model/number.ts';
import { drawNamedBars } from '../draw/bars.ts';
import { ladderOf } from '../draw/palette.ts';
import type { Pen } from '../draw/plot.ts';
import type { PageData } from '../page-data.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { fullPicture, legend, more, section, table } from './picture.ts';
import { linked, runAddress } from './run-address.ts';
import { clock } from './words.ts';

/** Where the seconds of the last runs went, by activity, and their rows per second. */
export function speed(data: PageData, pen: Pen): Html {
  return section('seconds', 'Seconds per activity', data.activities, (times) => {
    if (times.length === 0) return 'No run has landed yet.';
    const names = [...new Set(times.flatMap(({ seconds }) => seconds.map(([name]) => name)))];
    const ladder = ladderOf('activity', names.length);
    const colourOf = (name: string) => ladder[names.indexOf(name)]!;
    const bars = times.map(({ run, seconds: parts }) => {
      const took = parts.reduce((sum, [, each]) => sum + each, 0);
      const perSecond = run.extracted === undefined || took === 0 ? null : run.extracted / took;
      return {
        run,
        took,
        perSecond,
        name: run.source,
        note: `${formatElapsed(took)}${perSecond === null ? ', no rows' : `, ${formatShort(perSecond)} rows/s`}`,
        parts: parts.map(([name, value]) => ({
          colour: colourOf(name),
          value,
          title: `${run.source}: ${name} ${formatElapsed(value)}`,
        })),
      };
    });
    return html`<p>The last run of each source that landed${times.length > 7 && ', the slowest first'}.</p>
      ${legend(names.map((name) => [name, colourOf(name)]))}
      ${fullPicture(
        `Seconds per activity: ${bars.map(({ name, note }) => `${name} ${note}`).join('; ')}.`,
        (width) => drawNamedBars(pen, width, bars),
      )}
      ${more(
        'Numbers',
        table(
          ['run', ...names, 'rows read', 'rows/s'],
          times.map(({ run, seconds: parts }, n) => [
            linked(runAddress(data, run), `${clock(run.startedAt, data.at)} ${run.source}`),
            ...names.map((name) => {
              const found = parts.find(([each]) => each === name);
              return found ? formatElapsed(found[1]) : '';
            }),
            run.extracted === undefined ? '' : formatNumber(run.extracted),
            bars[n]!.perSecond === null ? '' : formatNumber(Math.round(bars[n]!.perSecond)),
          ]),
          [...names.map((_, n) => n + 1), names.length + 1, names.length + 2],
        ),
      )}`;
  });
}
