type Plot = Awaited<ReturnType<typeof importPlot>>;

/** Draws pictures as SVG. Loaded when the first page is made: a worker that makes none has no plotting library in memory. */
export interface Pen {
  readonly plot: Plot;
  /** The picture as markup. Its texts are escaped; its colours are those of the page, light or dark. */
  draw(options: Parameters<Plot['plot']>[0]): string;
}

const importPlot = () => import('@observablehq/plot');
// Its variant in one file.
const importDom = () => import('linkedom/worker');

/** Loads the plotting library. */
export async function loadPen(): Promise<Pen> {
  const [plot, dom] = await Promise.all([importPlot(), importDom()]);
  const { document } = dom.parseHTML('<html><body></body></html>') as unknown as { document: unknown };
  // The library's own types need those of a browser.
  const make = plot.plot as unknown as (options: object) => Svg;
  return {
    plot,
    draw(options) {
      const svg = make({ ...(options as object), document });
      // The page has one style sheet, and its policy allows no other.
      for (const style of svg.querySelectorAll('style')) style.remove();
      // The picture is described as a whole; labels of its groups would only be an error.
      for (const group of svg.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
      return svg.outerHTML;
    },
  };
}

interface Svg {
  readonly outerHTML: string;
  querySelectorAll(selector: string): Iterable<{ remove(): void; removeAttribute(name: string): void }>;
}
