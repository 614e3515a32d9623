import type { Client } from 'pg';
import { createActivities } from '../../activities/index.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { starTables, testConfig } from '../support/config.ts';
import { starTableNames } from '../support/equal-data.ts';
import { eventually } from '../support/eventually.ts';
import { shapes, warehouseOf } from '../support/shape.ts';
import type { Shape } from '../support/shape.ts';
import { openStar, openText } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { syncOnce } from '../support/sync-once.ts';

/** How many sources land for the first time at least. With as many leaves as in the soak, a look takes a good part of the pause. */
const sources = Number(process.env['TIDEHOUSE_FIRST_LOADS'] ?? 6);
const looksWanted = sources * 17;
const readers = 3;
/** Sources that land at once. */
const atOnce = 3;
/** Rows of each table of a source. */
const rows = 200;

/**
 * What a query over all four tables shows of each source of which it shows anything: as many rows of each table as the source
 * has, unless it is torn. Tables in subqueries are planned one after the other, the sessions last; the longest view in between
 * makes planning take long, and is not run.
 */
const look = `
  select project,
         concat_ws(', ', coalesce(e.rows, 0) || ' events', coalesce(p.rows, 0) || ' pages',
           coalesce(t.rows, 0) || ' transactions', coalesce(s.rows, 0) || ' sessions') as seen
  from (select project, count(*) as rows from clean.events group by project) e
  full join (select project, count(*) as rows from clean.pages group by project) p using (project)
  full join (select project, count(*) as rows from clean.transactions group by project) t using (project)
  ${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `left join (select from analytics.session_metrics_definition limit 0) d${n} on true`).join(' ')}
  full join (select project, count(*) as rows from clean.user_sessions group by project) s using (project)
  where project <> 'closed'`;
const whole = `${rows} events, ${rows} pages, ${rows} transactions, ${rows} sessions`;

/** The torn sources that one look shows, and how many sources it shows. */
async function tornSources(reader: Client): Promise<{ torn: string[]; seen: number }> {
  const found = await reader.query<{ project: string; seen: string }>(look);
  const torn = found.rows
    .filter(({ seen }) => seen !== whole)
    .map(({ project, seen }) => `${project}: ${seen}`);
  return { torn, seen: found.rows.length };
}

/** Any number of sources with the same rows, by any name. */
async function openSources(shape: Shape): Promise<Star> {
  const star = await openStar({ warehouse: await warehouseOf(shape) });
  await star.host.query(`
    insert into pages (id, name, created_at) select i, 'page', now() from generate_series(1, ${rows}) i;
    insert into user_sessions (user_id, id, created_at, last_activity_at, updated_at) select 1, i, now(), now(), now() from generate_series(1, ${rows}) i;
    insert into events (user_id, id, event_name, page_id, created_at) select 1, i, 'open', i, now() from generate_series(1, ${rows}) i;
    insert into transactions (user_id, id, created_at, amount, currency) select 1, i, now(), i, 'USD' from generate_series(1, ${rows}) i`);
  return star;
}

/** The sources of the config. All are one database, so one that the config lacked would count as renamed. */
const configured = new Set<string>();

/** Lands a source for the first time. */
async function landFirst(
  star: Star,
  source: string,
  newLeafMs: number,
  way: 'staged' | 'copied' = 'staged',
): Promise<void> {
  configured.add(source);
  const config = testConfig({
    sources: Object.fromEntries([...configured].map((name) => [name, star.hosts['project_a']!])),
    warehouse: star.warehouseUrl,
    staging: star.staging,
    tables: Object.fromEntries(starTableNames.map((name) => [name, starTables[name]!])),
  });
  const timeouts = { ...defaultTimeouts, newLeafMs };
  const firstLoadFromBytes = way === 'copied' ? 0 : undefined;
  await syncOnce(createActivities({ config, timeouts, firstLoadFromBytes }), source);
}

describe.each(shapes)('in %s, while sources land for the first time', (shape) => {
  let star: Star;

  beforeAll(async () => {
    star = await openSources(shape);
  });
  afterAll(() => star.close());

  test(
    'readers see each of them whole or not at all',
    async () => {
      const all: string[] = [];
      let landed = 0;
      let looks = 0;
      /** Looks that show some of the sources that land at once, and not all. */
      let between = 0;
      const over = new AbortController();
      const reading = Array.from({ length: readers }, async () => {
        const reader = await openText(star.warehouseUrl);
        try {
          while (!over.signal.aborted) {
            const before = landed;
            const { torn, seen } = await tornSources(reader);
            all.push(...torn);
            looks++;
            if (seen > before && seen < before + atOnce) between++;
          }
        } finally {
          await reader.end();
        }
      });
      try {
        while (landed < sources || looks < looksWanted) {
          await Promise.all(
            Array.from({ length: atOnce }, (_, at) =>
              landFirst(
                star,
                `source_${landed + at}`,
                defaultTimeouts.newLeafMs,
                at % 2 === 0 ? 'copied' : 'staged',
              ),
            ),
          );
          landed += atOnce;
        }
      } finally {
        over.abort();
        await Promise.all(reading);
      }
      console.info(JSON.stringify({ shape, landed, looks, between }));
      expect(all).toEqual([]);
      expect((await tornSources(star.warehouse)).seen).toBe(landed);
    },
    (sources * 5 + 60) * 1_000,
  );
});

describe('a query whose planning is interrupted between two tables', () => {
  let star: Star;
  let reader: Client;
  let migration: Client;

  beforeEach(async () => {
    star = await openSources('leaves');
    reader = await openText(star.warehouseUrl);
    migration = await openText(star.warehouseUrl);
    await landFirst(star, 'first', 0);
    await migration.query(`begin; lock table part."clean.pages@first" in access exclusive mode`);
  });
  afterEach(async () => {
    await reader.end();
    await migration.end();
    await star.close();
  });

  /** Begins a look, and lets it open the events and wait for the pages of the first source. */
  async function beginLook(): Promise<() => ReturnType<typeof tornSources>> {
    const looking = tornSources(reader);
    await eventually('the query waits', async () => {
      const waiting = await star.warehouse.query(
        `select from pg_locks where not granted and relation = 'part."clean.pages@first"'::regclass`,
      );
      return waiting.rowCount === 1;
    });
    return () => looking;
  }
  const letGo = () => migration.query('rollback');
  const hasLeaves = async () => {
    const { rowCount } = await star.warehouse.query(
      `select from pg_inherits where inhrelid = to_regclass('part."clean.user_sessions@second"')`,
    );
    return rowCount === 1;
  };

  test('while a source gets its leaves does not show this source', async () => {
    const end = await beginLook();
    const landing = landFirst(star, 'second', 3_000);
    await eventually('the source has leaves', hasLeaves);
    await letGo();
    expect(await end()).toEqual({ torn: [], seen: 1 });
    await landing;
    expect(await tornSources(reader)).toEqual({ torn: [], seen: 2 });
  });

  test('until a source has landed without the pause shows it torn, so a look can', async () => {
    const end = await beginLook();
    await landFirst(star, 'second', 0);
    await letGo();
    expect(await end()).toEqual({
      torn: [`second: 0 events, 0 pages, ${rows} transactions, ${rows} sessions`],
      seen: 2,
    });
    expect(await tornSources(reader)).toEqual({ torn: [], seen: 2 });
  });
});
