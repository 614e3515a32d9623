import { loadPen } from '../../page/draw/plot.ts';
import { render } from '../../page/render/render.ts';
import { chromium, openBrowser } from '../support/chromium.ts';
import { pageData } from '../support/page-data.ts';

const width = 1_200;

/** Writes the picture of the page with example data, down to what landed: `npm run picture` writes docs/page.png. */
async function takePicture(path: string): Promise<void> {
  if (chromium === undefined) throw new Error('There is no Chromium on this machine.');
  const html = render(pageData(), await loadPen(), 'served');
  const browser = await openBrowser(chromium);
  try {
    const page = await browser.newPage();
    await page.setViewport({ width, height: 1_000 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
    await page.setContent(html);
    const bottom = Number(
      await page.evaluate('document.getElementById("rows").getBoundingClientRect().bottom'),
    );
    const clip = { x: 0, y: 0, width, height: Math.ceil(bottom) + 16 };
    await page.screenshot({ path: path, clip, captureBeyondViewport: true });
  } finally {
    await browser.close();
  }
}

void takePicture(process.argv[2] ?? 'docs/page.png');
