import { createHash } from 'node:crypto';
import { loadPen } from '../../../page/draw/plot.ts';
import type { Pen } from '../../../page/draw/plot.ts';
import type { Incident, PageData } from '../../../page/page-data.ts';
import { pagePolicy, render } from '../../../page/render/render.ts';
import { emptyPage, manySources, missingPage, pageData, pageTime } from '../../support/page-data.ts';

let pen: Pen;
beforeAll(async () => {
  pen = await loadPen();
});

const made = new Map<PageData, string>();
function served(data: PageData): string {
  const page = made.get(data) ?? render(data, pen, 'served').replace(/\s+/g, ' ');
  made.set(data, page);
  return page;
}
const section = (page: string, id: string) => new RegExp(`<section id="${id}"[^]*?</section>`).exec(page)![0];

const heading = (page: string) =>
  /<h1>(.*?)<\/h1>/
    .exec(page)![1]!
    .replace(/<[^>]*>/g, '')
    .trim();

test('the first screen says what the problems are, since when, why and what to do, those without an incident too', () => {
  const page = served(pageData());
  expect(heading(page)).toBe(
    '2 problems need somebody, the first since 08:20; 1 more is muted; no messages about source/shop until 11:10',
  );
  const [, problems] = /<ul class="problems">([^]*?)<\/ul>/.exec(page)!;
  // Its headline has its name, which is not said again.
  expect(problems).toMatch(
    /project_b is failing: its last run failed<\/a><\/strong>, since [^]*>Connection refused by 10\.0\.0\.5:5432; [^]*<code>tidehouse sync --source project_b<\/code>/,
  );
  expect(problems).toMatch(/Table shop\/shop_orders cannot land[^]*Muted until .*12:10/);
  // A muted one comes last.
  expect(problems!.indexOf('Muted until')).toBeGreaterThan(problems!.indexOf('crm is 41 min behind'));
  // What to run stands alone, ready to copy.
  expect(problems).toMatch(
    /The role &#34;reader&#34; is not allowed to read it\. Run at the source:<\/span>\s*<code>grant select on &#34;shop&#34;\.&#34;orders&#34; to [^<]*;<\/code>/,
  );
  expect(problems).toMatch(
    /crm is 41 min behind: its runs succeed, but what they find at the source is complete only through 08:29<\/a><\/strong>, late since <time[^>]*>08:59<\/time> \(11 min\)\. .*<a href="[^"]*sync-source%2Fcrm[^"]*">Its last run began at 09:00, took \d+ s, and landed\.<\/a>.*If the source is a standby, .*<code>select now\(\) - pg_last_xact_replay_timestamp\(\) as behind;<\/code>/,
  );
});

test('a source that does not land says what its run is at, and how to run it', () => {
  const { sources, ...page } = pageData();
  if (!('value' in sources)) throw new Error();
  const silent = served({
    ...page,
    sources: { value: sources.value.map((each) => ({ ...each, landedAt: each.completeThrough })) },
  });
  expect(silent).toMatch(
    /crm is 41 min behind: no run of it has landed for some time; .*Its run began at 09:10 and is still open, after 5 s\..*Next:<\/span> <code>tidehouse sync --source crm<\/code>/,
  );
});

test('a schedule that is missing is a problem; one that somebody has paused is said with its note, and makes no source late', () => {
  const on = { createdAt: 0, paused: null };
  expect(served({ ...emptyPage(), schedules: { sync: on, alerts: null } })).toMatch(
    /<strong>The alerts schedule is missing: no runs are started<\/strong>\..*<code>tidehouse schedules apply<\/code>/,
  );
  const paused = served({ ...pageData(), schedules: { sync: { ...on, paused: 'by <anna>' }, alerts: on } });
  expect(paused).toMatch(
    /The schedule <strong>sync<\/strong> is <span class="muted">paused<\/span>: by &#60;anna&#62;/,
  );
  expect(paused).toContain('<code>tidehouse schedules resume sync</code>');
  expect(paused).not.toContain('crm is 41 min behind');
});

test('a problem that only its incident shows says why, what to do next, and which run has it', () => {
  const { incidents, ...page } = pageData();
  if (!('value' in incidents)) throw new Error();
  const [some] = incidents.value;
  const only = (known: Partial<Incident>) =>
    served({ ...page, incidents: { value: [{ ...some!, ...known }] } });
  const run = { workflowId: 'weather/minsk', runId: '1-2' };
  const place = { subject: 'place/minsk', problem: 'No new weather for minsk', cause: 'the key is <wrong>' };
  expect(
    only({ ...place, next: { text: 'Correct it.', command: 'tidehouse doctor', sql: ['select 1;'] }, run }),
  ).toMatch(
    /No new weather for minsk[^]*>The key is &#60;wrong&#62;<[^]*<a href="[^"]*weather%2Fminsk\/1-2\/history">Its run\.<\/a>[^]*Next: Correct it\.<[^]*<code>tidehouse doctor<\/code>\s*<code>select 1;<\/code>/,
  );
});

test('all is good since the last incident, or since when somebody watches', () => {
  const watching = (minutes: number) => {
    const schedule = { createdAt: pageTime - minutes * 60_000, paused: null };
    return heading(served({ ...emptyPage(), schedules: { sync: schedule, alerts: schedule } }));
  };
  expect(watching(3)).toBe('All good: no incident since the first start, 3 min ago');
  expect(watching(8 * 24 * 60)).toBe('All good: no incident in the last 7 days');
  const { incidents } = pageData();
  const muted = {
    ...emptyPage(),
    incidents,
    mutes: [
      { subject: 'source/project_b', until: pageTime + 60_000 },
      { subject: 'source/crm', until: pageTime + 60_000 },
    ],
  };
  expect(heading(served(muted))).toBe('Nothing needs anybody: 3 problems are muted');
});

test('incidents name whom they notified', () => {
  const { incidents, ...page } = pageData();
  if (!('value' in incidents)) throw new Error();
  const notified = (chats: readonly string[]) =>
    section(
      served({
        ...page,
        incidents: { value: [{ ...incidents.value[0]!, notified: { chats, at: pageTime } }] },
      }),
      'incidents',
    );
  expect(notified(['log'])).toContain('only the log at 09:10');
  expect(notified(['-100', 'webhook'])).toContain('Telegram chat -100, the webhook at 09:10');
});

test('the page alone says what landed last night, which hours of a day are missing, and what is muted until when', () => {
  const page = served(pageData());
  expect(section(page, 'rows')).toMatch(
    /Last night \(Thu 26 Nov 18:00 to Fri 27 Nov 06:00\): [\d,]+ rows inserted, [\d,]+ updated, [\d,]+ deleted\. Most by table: events [\d,]+, .*\. Most by source: shop [\d,]+, /,
  );
  expect(section(page, 'rows')).toMatch(
    /On Thu 26 Nov as a whole, [\d,]+ rows changed; usually it is [\d,]+, the median of the 7 days before\./,
  );
  const night = { from: pageTime, to: pageTime + 1, changes: [] };
  const quiet = { ...pageData(), lastNight: { value: night } };
  expect(section(served(quiet), 'rows')).toContain('): nothing changed.');
  expect(section(page, 'weather')).toMatch(
    /Tue 24 Nov<\/b> <span>! 22 of 24 hours<\/span ?>\s*<span>missing: 12:00 and 13:00</,
  );
  const { weather } = pageData();
  if (!('value' in weather)) throw new Error();
  const since = Date.parse('2026-11-26T12:00:00Z');
  const places = weather.value.map((place) => ({ ...place, days: place.days.slice(0, 2), since }));
  expect(section(served({ ...pageData(), weather: { value: places } }), 'weather')).toMatch(
    /The first hour of minsk is that of Thu 26 Nov,\s+15:00: what was before it was not observed\./,
  );
  expect(page).toMatch(/No messages about <strong>source\/shop<\/strong> until <time[^>]*>11:10<\/time>/);
  // Its zone is said once, and no other is meant but where one is named.
  expect(page).toContain('as of Fri 27 Nov 2026, ');
  expect(page.match(/All times are UTC/g)).toHaveLength(1);
});

test('the numbers of a page agree with each other', () => {
  const data = pageData();
  const { lastNight, landings, days, sources, sizes } = data;
  for (const part of [lastNight, landings, days, sources, sizes]) expect(part).toHaveProperty('value');
  if (!('value' in lastNight && 'value' in landings && 'value' in days)) throw new Error();
  if (!('value' in sources && 'value' in sizes)) throw new Error();
  const sum = <T>(of: readonly T[], count: (each: T) => number) =>
    of.reduce((all, each) => all + count(each), 0);
  for (const kind of ['inserted', 'updated', 'deleted'] as const) {
    const count = (each: Record<typeof kind, number>) => each[kind];
    const { from, to, changes } = lastNight.value;
    const inHours = sum(
      landings.value.filter(({ hour }) => hour >= from && hour < to),
      count,
    );
    expect(sum(changes, count)).toBe(inHours);
    expect(section(served(data), 'rows')).toContain(
      `${inHours.toLocaleString('en-US')} ${kind === 'inserted' ? 'rows ' : ''}${kind}`,
    );
    const midnight = Math.floor(pageTime / 86_400_000) * 86_400_000;
    const today = landings.value.filter(({ hour }) => hour >= midnight);
    expect(
      sum(
        days.value.filter(({ day }) => day === midnight),
        count,
      ),
    ).toBe(sum(today, count));
  }
  expect(sum(sources.value, ({ rows }) => rows)).toBe(sum(sizes.value, ({ rows }) => rows));
});

test('a source and a table have one colour in all pictures, and no colour has two meanings', () => {
  const page = served(pageData());
  const colours = (id: string) =>
    [...section(page, id).matchAll(/<li><i class="([\w-]+)"><\/i>([^<]+)<\/li>/g)].map(([, colour, name]) => [
      name,
      colour,
    ]);
  const of = (name: string, ...ids: string[]) => [
    ...new Set(ids.flatMap(colours).flatMap(([each, colour]) => (each === name ? [colour] : []))),
  ];
  for (const source of ['project_a', 'project_b', 'shop'])
    expect([source, of(source, 'freshness', 'sessions')]).toEqual([source, [expect.any(String)]]);
  for (const table of ['events', 'transactions', 'user_sessions', 'shop_orders'])
    expect([table, of(table, 'rows', 'sizes')]).toEqual([table, [expect.any(String)]]);
  const names = new Map<string, Set<string>>();
  for (const [name, colour] of ['freshness', 'seconds', 'rows', 'sizes', 'sessions'].flatMap(colours))
    names.set(colour!, (names.get(colour!) ?? new Set()).add(name!.replace(/ [\d,]+$/, '')));
  for (const [colour, means] of names) expect([colour, [...means]]).toEqual([colour, [expect.any(String)]]);
});

test('one long lag does not flatten the others: it is cut off, marked, and its length stands next to it', () => {
  const drawn = section(served(pageData()), 'freshness');
  expect(drawn).toContain('▲ marks a lag of more than 2 h, which is cut off.');
  expect(drawn).toMatch(/<text [^>]*>crm 5 h 10 min<title/);
  expect(drawn).toContain('crm: 5 h 10 min behind');
  const ticks = [...drawn.matchAll(/<text [^>]*y="0\.32em">(\d+)<\/text>/g)].map(([, tick]) => Number(tick));
  expect(Math.max(...ticks)).toBe(120);
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

test('what is read is called a source in every part', () => {
  const page = served(manySources(100));
  expect(section(page, 'sessions')).toMatch(/\d+ other sources/);
  expect(page).not.toMatch(/\bprojects?\b/);
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

test('each cell of the grid says its runs and links to them', () => {
  const [, address, words] = /<a class="cell failed" href="([^"]+)" title="([^"]+)"/.exec(
    section(served(pageData()), 'runs'),
  )!;
  expect(address).toMatch(
    /^http:\/\/127\.0\.0\.1:8233\/namespaces\/default\/workflows\/sync-source%2Fproject_b\/[-0-9]+\/history$/,
  );
  expect(words).toMatch(/^project_b, \d\d:\d\d: failed, \d+ s$/);
  // Of two runs in one interval the last is shown, with a mark; both are reachable.
  const grid = section(served(pageData()), 'runs');
  expect(grid).toMatch(
    /<a class="cell landed several" [^>]*title="crm, 07:33: landed, [^"]*; before it 07:30: landed, /,
  );
  const [, both] = grid.split('Where a source ran several times: all its runs');
  expect(both!.match(/<a href="[^"]+">07:3\d: landed/g)).toHaveLength(2);
  // It goes back to the first run, in whole lines of a phone's width.
  const { runs } = pageData();
  if (!('value' in runs)) throw new Error();
  const lines = [runs.value.length, 5].map((count) => {
    const recent = { ...pageData(), runs: { value: runs.value.slice(0, count) } };
    return section(served(recent), 'runs').match(/ data-from=/g)!.length / 4;
  });
  expect(lines).toEqual([3, 1]);
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
  'a source and a table called %s are text wherever they stand',
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
  const file = render(pageData(), pen, { machine: 'db<1>' });
  expect(file).toContain(`http-equiv="content-security-policy"`);
  // Whoever gets it may be elsewhere.
  expect(file).toContain('Written on db&#60;1&#62; at ');
  expect(file).toMatch(/Web UI of that machine, http:\/\/127\.0\.0\.1:8233, which cannot/);
  expect(file).not.toContain('href="http');
  const known = render({ ...pageData(), webUi: 'https://temporal.example.com' }, pen, { machine: 'db' });
  expect(known).toContain('href="https://temporal.example.com/namespaces/');
  expect(file).not.toMatch(/<script|http-equiv="refresh"|\bsrc=|@import|url\(/);
  const [, style] = /<style>([^]*?)<\/style>/.exec(file)!;
  expect(pagePolicy).toContain(`'sha256-${createHash('sha256').update(style!).digest('base64')}'`);
  for (const page of [file, served(pageData())]) {
    expect(page).not.toMatch(/<[a-z]+[^>]* style=/);
    expect([...page.matchAll(/<link [^>]*href="([^"]*)"/g)].map(([, to]) => to)).toEqual(['data:,']);
  }
});
