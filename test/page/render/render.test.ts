import { createHash } from 'node:crypto';
import { loadPen } from '../../../page/draw/plot.ts';
import type { Pen } from '../../../page/draw/plot.ts';
import type { PageData } from '../../../page/page-data.ts';
import { pagePolicy, render } from '../../../page/render/render.ts';
import { emptyPage, manySources, missingPage, pageData, pageTime } from '../../support/page-data.ts';

let pen: Pen;
beforeAll(async () => {
  pen = await loadPen();
});

const served = (data: PageData) => render(data, pen, { served: true }).replace(/\s+/g, ' ');
const section = (page: string, id: string) => new RegExp(`<section id="${id}"[^]*?</section>`).exec(page)![0];

test('the first screen says what the problems are, since when and why, those without an incident too', () => {
  const page = served(pageData());
  expect(/<h1>(.*?)<\/h1>/s.exec(page)![1]).toMatch(/^3 problems, the first since .*07:42<\/time> UTC$/);
  const [, problems] = /<ul class="problems">([^]*?)<\/ul>/.exec(page)!;
  expect(problems).toContain('connection refused by 10.0.0.5:5432');
  expect(problems).toMatch(/table\/shop\/shop\.orders[^]*Muted until .*12:10/);
  // A muted one comes last.
  expect(problems!.indexOf('Muted until')).toBeGreaterThan(problems!.indexOf('crm is 41 min behind'));
  // What to run stands alone, ready to copy.
  expect(problems).toMatch(
    /numeric at the source and text in the warehouse\. Run in the warehouse:<\/span>\s*<code>alter table clean\.orders [^<]*;<\/code>/,
  );
  expect(problems).toContain('crm is 41 min behind: its runs succeed, but its data is complete only through');
  expect(served({ ...pageData(), syncPaused: true })).not.toContain('crm is 41 min behind');
});

test('the page alone says what landed last night, which hours of a day are missing, and what is muted until when', () => {
  const page = served(pageData());
  expect(section(page, 'rows')).toMatch(
    /Last night \(Thu 26 Nov 18:00 to 06:00 UTC\): [\d,]+ rows inserted, [\d,]+ rows updated, [\d,]+ rows deleted; most in shop\.orders [\d,]+, /,
  );
  const quiet = { ...pageData(), at: pageTime + 2 * 86_400_000 };
  expect(section(served(quiet), 'rows')).toContain('06:00 UTC): nothing changed.');
  expect(section(page, 'weather')).toMatch(
    /Tue 24 Nov<\/b> <span>! 22 of 24 hours<\/span ?>\s*<span>missing: 12:10, 13:10 in Europe\/Minsk</,
  );
  expect(page).toMatch(
    /<strong>source\/shop<\/strong> is\s+<span class="muted">muted until .*11:10<\/time> UTC/,
  );
});

test('of many sources those with a problem are in sight, and the others behind a line', () => {
  const page = served(manySources(100));
  for (const part of ['sources', 'runs']) {
    const [inSight, folded] = section(page, part).split('<details>');
    for (const source of ['010', '040', '070']) expect(inSight).toContain(`customer_database_${source}`);
    expect(folded).toMatch(/^ <summary>76 more sources<\/summary>/);
    expect(folded).toContain('customer_database_099');
  }
});

test('each part has its picture in both widths, with its content in words', () => {
  const page = served(pageData());
  expect(page).not.toContain('cannot be drawn');
  for (const id of ['freshness', 'rows', 'seconds', 'sizes', 'incidents', 'weather', 'sessions']) {
    const pictures = [
      ...section(page, id).matchAll(/<div class="(wide|narrow)" role="img" aria-label="([^"]+)">\s*<svg/g),
    ];
    expect([id, new Set(pictures.map(([, width]) => width))]).toEqual([id, new Set(['wide', 'narrow'])]);
    for (const [, , words] of pictures) expect(words!.length).toBeGreaterThan(20);
  }
});

test('each cell of the grid says its run and links to it', () => {
  const [, address, words] = /<a class="cell failed" href="([^"]+)" title="([^"]+)"/.exec(
    section(served(pageData()), 'runs'),
  )!;
  expect(address).toMatch(
    /^http:\/\/127\.0\.0\.1:8233\/namespaces\/default\/workflows\/sync-source%2Fproject_b\/[-0-9]+\/history$/,
  );
  expect(words).toMatch(/^project_b, \d\d:\d\d UTC: failed, \d+ s$/);
  const { webUi, ...without } = pageData();
  expect(webUi).toBeDefined();
  expect(section(served(without), 'runs')).not.toContain('<a ');
});

test('a part that cannot be read leaves its place with a sentence, and nothing is called good', () => {
  const page = served(missingPage('Temporal & the <warehouse> do not answer.'));
  expect(page.match(/Temporal &#38; the &#60;warehouse&#62; do not answer\./g)).toHaveLength(12);
  expect(page).not.toContain('<svg');
  expect(page).toContain('<title>Unknown: Tidehouse</title>');
  expect(page).not.toContain('All good');
});

test('a page on which nothing has happened yet has a sentence in each place', () => {
  const page = served(emptyPage());
  expect(page).toContain('<h1>All good: no incident in the last 7 days</h1>');
  for (const id of [
    'runs',
    'rows',
    'seconds',
    'sizes',
    'incidents',
    'weather',
    'sessions',
    'held-back',
    'schema',
  ])
    expect([id, /<p class="nothing">[^<]{5,}<\/p>/.test(section(page, id))]).toEqual([id, true]);
});

test.each(['<script>alert(1)</script>', `"><img src=x onerror='alert(1)'>`, '${x}` --> ]]> </style>'])(
  'a source, a table and a project called %s are text wherever they stand',
  (name) => {
    const tags = (data: PageData) =>
      served(data)
        .match(/<\/?[a-z!][^\s>]*/gi)!
        .sort();
    const harmless = 'x'.repeat(name.length);
    expect(new Set(tags(pageData(name)))).toEqual(new Set(tags(pageData(harmless))));
    expect(served(pageData(name))).not.toContain(name);
    // No attribute begins in the middle of a value.
    expect(served(pageData(name))).not.toMatch(/<[^>"]*("[^"]*"[^>"]*)*\bonerror=(?!&)[^>]*>/);
  },
);

test('the page allows its own style sheet and script and nothing else, and asks nothing of another address', () => {
  expect(pagePolicy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
  expect(pagePolicy).not.toContain('unsafe');
  const file = render(pageData(), pen, { served: false });
  expect(file).toContain(`http-equiv="content-security-policy"`);
  expect(file).not.toMatch(/<script|http-equiv="refresh"|\bsrc=|@import|url\(/);
  const [, style] = /<style>([^]*?)<\/style>/.exec(file)!;
  expect(pagePolicy).toContain(`'sha256-${createHash('sha256').update(style!).digest('base64')}'`);
  for (const page of [file, served(pageData())]) {
    expect(page).not.toMatch(/<[a-z]+[^>]* style=/);
    expect([...page.matchAll(/<link [^>]*href="([^"]*)"/g)].map(([, to]) => to)).toEqual(['data:,']);
  }
});
