import { createCollect } from './collect/collect.ts';
import type { PageSources } from './collect/collect.ts';
import { loadPen } from './draw/plot.ts';
import type { Pen } from './draw/plot.ts';
import { render } from './render/render.ts';

/** For how long a page is given to further readers before everything is read again, in milliseconds. */
const keepMs = 5_000;

/** How long a reader waits for a new page while there is an older one, in milliseconds. */
const waitMs = 400;

/**
 * Returns a function that makes the page. However many ask for it, everything is read by one at a time and at most every
 * five seconds. While that takes long, readers get the last page: a slow warehouse never has a second query behind the first.
 */
export function createPage(sources: PageSources, now: () => number = Date.now): () => Promise<string> {
  const collect = createCollect(sources);
  let pen: Promise<Pen> | undefined;
  let last: { readonly at: number; readonly page: string } | undefined;
  let making: Promise<string> | undefined;

  const make = async () => {
    const [data, loaded] = await Promise.all([collect(), (pen ??= loadPen())]);
    last = { at: now(), page: render(data, loaded, { served: true }) };
    return last.page;
  };
  return async () => {
    if (last && now() - last.at < keepMs) return last.page;
    making ??= make().finally(() => (making = undefined));
    if (!last) return making;
    const { page } = last;
    making.catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => (timer = setTimeout(resolve, waitMs, page)));
    return Promise.race([making, late]).finally(() => {
      clearTimeout(timer);
    });
  };
}

/** The page as one file that opens without a network. */
export async function makeReport(sources: PageSources): Promise<string> {
  const [data, pen] = await Promise.all([createCollect(sources)(), loadPen()]);
  return render(data, pen, { served: false });
}
