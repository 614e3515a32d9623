import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createCollect } from './collect/collect.ts';
import type { PageSources } from './collect/collect.ts';
import { loadPen } from './draw/plot.ts';
import type { Pen } from './draw/plot.ts';
import { render } from './render/render.ts';

/** For how long at least a page is given to further readers before everything is read again, in milliseconds. */
const keepMs = 5_000;

/** The more a page takes to make, the longer it is kept: at most this part of the time goes into making pages. */
const share = 1 / 20;

/** How long a reader waits for a new page while there is an older one, in milliseconds. */
const waitMs = 400;

/** How long after its time a page is still better than to wait for a new one, in milliseconds. */
const staleMs = 60_000;

/** A page, ready for however many readers. */
export interface MadePage {
  readonly text: string;
  readonly zipped: Buffer;
}

const zip = promisify(gzip);

/**
 * Returns a function that makes the page. However many ask for it, everything is read by one at a time and at most every
 * five seconds, less often where it takes long. Meanwhile readers get the last page: a slow warehouse never has a second
 * query behind the first, and readers never slow a sync down.
 */
export function createPage(sources: PageSources, now: () => number = Date.now): () => Promise<MadePage> {
  const collect = createCollect(sources);
  let pen: Promise<Pen> | undefined;
  let last: { readonly until: number; readonly page: MadePage } | undefined;
  let making: Promise<MadePage> | undefined;

  const make = async () => {
    const began = now();
    const [data, loaded] = await Promise.all([collect(), (pen ??= loadPen())]);
    const text = render(data, loaded, 'served');
    const page = { text, zipped: await zip(text) };
    const ended = now();
    last = { until: ended + Math.max(keepMs, (ended - began) / share), page };
    return page;
  };
  return async () => {
    if (last && now() < last.until) return last.page;
    making ??= make().finally(() => (making = undefined));
    if (!last || now() > last.until + staleMs) return making;
    const { page } = last;
    making.catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<MadePage>((resolve) => (timer = setTimeout(resolve, waitMs, page)));
    return Promise.race([making, late]).finally(() => {
      clearTimeout(timer);
    });
  };
}

/** The page as one file that opens without a network, written on `machine`. */
export async function makeReport(sources: PageSources, machine: string): Promise<string> {
  const [data, pen] = await Promise.all([createCollect(sources)(), loadPen()]);
  return render(data, pen, { machine });
}
