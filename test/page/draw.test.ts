import { readFileSync } from 'node:fs';
import { loadPen } from '../../page/draw/plot.ts';
import { render } from '../../page/render/render.ts';
import { chromium, openBrowser } from '../support/chromium.ts';
import { emptyPage, manySources, missingPage, pageData } from '../support/page-data.ts';

/** What is not in sight as a whole among the runs and the cells of the sources, and the short names that are torn. */
const cutOff = `[...document.querySelectorAll('main > #runs .cell, #sources td, #sources strong')]
  .filter((each) => !each.closest('details:not([open])'))
  .filter((each) => {
    const { left, right, height } = each.getBoundingClientRect();
    const card = each.closest('section').getBoundingClientRect();
    const torn = each.localName === 'strong' && each.textContent.length < 20 && height > 24;
    return height === 0 || left < card.left || right > card.right || torn;
  })
  .map((each) => each.outerHTML)`;

/** Pictures side by side of which one leaves much of the other's height empty, and rows of incidents that are squeezed. */
const uneven = `[...document.querySelectorAll('.pair')].flatMap((pair) => {
    const ends = [...pair.children].map((half) =>
      Math.max(...[...half.children].map((each) => each.getBoundingClientRect().bottom)));
    return ends.filter((end, at) => at % 2 === 1 && Math.abs(end - ends[at - 1]) > 60);
  }).concat([...document.querySelectorAll('#incidents tr')]
    .map((row) => row.getBoundingClientRect().height).filter((height) => height > 90))`;

const inBrowser = chromium === undefined ? test.skip : test;

inBrowser(
  `in a browser (${chromium ?? 'skipped: there is no Chromium on this machine'}) the page fits its width, can be read in light and dark, and asks for nothing`,
  async () => {
    const pen = await loadPen();
    const looks = {
      phoneDark: [390, 'dark'],
      phoneLight: [390, 'light'],
      wallDark: [1_600, 'dark'],
      wallLight: [1_600, 'light'],
      largeLight: [2_500, 'light'],
    } as const;
    const { phoneDark, phoneLight, wallDark, wallLight } = looks;
    const pages = [
      ['full', pageData('<script>alert(1)</script>'), Object.values(looks)],
      ['empty', emptyPage(), [phoneDark, wallLight]],
      ['missing', missingPage('It is away.'), [phoneLight, wallDark]],
      ['without sources', { ...emptyPage(), sources: { value: [] } }, [phoneDark]],
      ['100 sources', manySources(100), [phoneLight, wallDark]],
    ] as const;
    const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
    const browser = await openBrowser(chromium!);
    try {
      for (const [name, data, seen] of pages)
        for (const [width, scheme] of seen) {
          const page = await browser.newPage();
          const problems: string[] = [];
          page.on('console', (message) => problems.push(message.text()));
          page.on('request', (request) => {
            if (!/^(data|about):/.test(request.url())) problems.push(request.url());
          });
          await page.setViewport({ width, height: 900 });
          await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
          await page.setContent(render(data, pen, { machine: 'here' }));
          const scrollWidth = await page.evaluate('document.documentElement.scrollWidth');
          expect([name, scrollWidth]).toEqual([name, width]);
          expect([name, await page.evaluate(cutOff)]).toEqual([name, []]);
          if (width > 390) expect([name, width, await page.evaluate(uneven)]).toEqual([name, width, []]);
          await page.evaluate(axe);
          const found = await page.evaluate(
            // Of many sources, what is folded is as what is in sight.
            'axe.run({ exclude: ["details:not([open]) > :not(summary)"] }).then((r) => r.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))',
          );
          expect([name, scheme, found, problems]).toEqual([name, scheme, [], []]);
          await page.close();
        }
    } finally {
      await browser.close();
    }
  },
);
