import type { Client } from 'pg';
import { below, seededRandom } from '../../local/demo/random.ts';
import type { Manifest } from '../../model/batch.ts';
import { ddlStorm, partRows, stormDdl, stormKinds, stormTables, stormedRows } from '../support/ddl-storm.ts';
import type { Storm } from '../support/ddl-storm.ts';
import { openHost, shop } from '../support/host.ts';
import type { Host } from '../support/host.ts';
import { dataDifference } from '../support/equal-data.ts';
import { query } from '../support/query.ts';
import { wrongSessions } from '../support/reference-analytics.ts';
import { difference, rowsOf } from '../support/same-rows.ts';
import { shapes, warehouseOf } from '../support/shape.ts';
import { openStar, openText } from '../support/star.ts';
import { runActivity, syncOnce } from '../support/sync-once.ts';
import { visit } from '../support/visit.ts';

/** A minute combines every pair of faults; some seconds are enough for each fault alone. */
const seconds = Number(process.env['TIDEHOUSE_STORM_SECONDS'] ?? 7);

interface Seen {
  readonly columns: readonly string[];
  readonly rows: readonly string[];
}

describe.each(shapes)('into %s, while migrations alter, rewrite, empty and refill the tables', (shape) => {
  let host: Host;
  const seen = new Map<string, Seen>();

  beforeAll(async () => {
    host = await openHost({
      flat: shape === 'flat tables',
      ddl: stormDdl,
      tables: stormTables,
      timeouts: { sourceLockMs: 5_000, sourceLockPauseMs: 5 },
      async onStaged(client, manifest) {
        seen.clear();
        for (const { table, shape } of manifest.tables) {
          const columns = shape.columns.map(({ name }) => name);
          seen.set(table, { columns, rows: await rowsOf(client, 'public', table, columns) });
        }
        await forgetIfAttached(client, manifest);
      },
    });
  });
  afterAll(() => host.close());

  /** A partition may be attached at any time, so these rows may differ from the extract's; then they are not compared. */
  async function forgetIfAttached(client: Client, { tables }: Manifest): Promise<void> {
    for (const { table, shape } of tables) {
      const { rows } = await client.query<{ leaves: string }>(
        `select count(*) filter (where isleaf) as leaves from pg_partition_tree('public.${table}')`,
      );
      if (Number(rows[0]!.leaves) > 0 && Number(rows[0]!.leaves) !== shape.leaves.length) seen.delete(table);
    }
  }

  async function wrongAgainstSnapshot(): Promise<string[]> {
    const wrong: string[] = [];
    for (const [table, { columns, rows }] of seen) {
      const clean = await rowsOf(host.warehouse, 'clean', table, columns, shop);
      const { missing, extra } = difference(rows, clean);
      if (missing.length + extra.length > 0)
        wrong.push(
          `${table}: ${missing.length} missing as ${missing[0]}, ${extra.length} extra as ${extra[0]}`,
        );
    }
    return wrong;
  }

  /** Violations in clean of invariants that hold at the source at every instant. */
  async function broken(): Promise<string[]> {
    const { rows } = await host.warehouse.query<{ broken: string }>(`
      with ab as (
        select 'a' as t, * from clean.a union all select 'b', * from clean.b
      ), parts as (
        select part, count(*) filter (where t = 'p') as p, count(*) filter (where t = 'q') as q
        from (select 'p' as t, part from clean.p union all select 'q', part from clean.q) pq group by part
      )
      select 'a and b: ' || string_agg(distinct t || ' ' || generation || ' ' || w || ' ' || n, ', ') as broken
      from (select t, generation, w, count(*) as n from ab group by t, generation, w) g
      having count(*) <> 2 or count(distinct (generation, w)) <> 1 or min(n) <> ${stormedRows} or max(n) <> ${stormedRows}
      union all
      select 'part ' || part || ': ' || p || ' in p, ' || q || ' in q' from parts where p <> ${partRows} or q <> ${partRows}
      union all
      select 'c: ' || count(*) || ' of ' || count(distinct generation) from clean.c having count(*) <> 50 or count(distinct generation) <> 1
      union all
      select 'd: ' || count(*) from clean.d having count(*) <> 100
      union all
      select 'held back ' || table_name || ': ' || problem from ops.held_back
      union all
      select 'difference of ' || table_name || ': ' || difference from ops.position where difference <> 0`);
    return rows.map((row) => row.broken);
  }

  test(
    'every run lands a state that existed, and no migration is blocked or killed for it',
    async () => {
      const storm = ddlStorm(host.url, { seed: 1 });
      const endAt = Date.now() + seconds * 1000;
      const wrong: string[] = [];
      let counts: Storm;
      let runs = 0;
      let gaveWay = 0;
      try {
        // It lasts longer on a slow machine, because the number of runs is what counts.
        while (Date.now() < endAt || runs <= seconds) {
          try {
            await host.land();
          } catch (error) {
            // A lock was held by somebody else: such a failure is retried.
            if ((error as { type?: unknown }).type !== 'Unavailable') throw error;
            gaveWay++;
            continue;
          }
          runs++;
          wrong.push(
            ...[...(await wrongAgainstSnapshot()), ...(await broken())].map((what) => `run ${runs}: ${what}`),
          );
        }
      } finally {
        counts = await storm.stop();
      }
      await host.land();
      wrong.push(...(await wrongAgainstSnapshot()), ...(await broken()));

      console.info(JSON.stringify({ runs, gaveWay, counts }));
      expect(wrong).toEqual([]);
      expect(runs).toBeGreaterThan(seconds);
      for (const kind of stormKinds) expect([kind, counts[kind]]).toEqual([kind, expect.any(Number)]);
    },
    (3 * seconds + 60) * 1000,
  );
});

describe.each(shapes)('into %s, while sources and a person add columns', (shape) => {
  const sources = ['project_a', 'project_b', 'project_c'];
  const tables = ['events', 'pages', 'transactions', 'user_sessions'];

  test(
    'landings and refreshes of three sources go on without a deadlock, and every column arrives',
    async () => {
      const star = await openStar({ hosts: sources, warehouse: await warehouseOf(shape) });
      const random = seededRandom(2);
      const endAt = Date.now() + seconds * 1000;
      const landings = new Map(sources.map((source) => [source, 0]));
      let [byHand, looks] = [0, 0];
      const during = async (work: (client: Client) => Promise<void>, url = star.warehouseUrl) => {
        const client = await openText(url);
        try {
          while (Date.now() < endAt || Math.min(...landings.values()) < 5) await work(client);
        } finally {
          await client.end();
        }
      };
      const landing = (source: string) =>
        during(async (host) => {
          const run = landings.get(source)! + 1;
          await visit(host, run);
          if (run > 1)
            for (const table of tables)
              if (random() < 0.5)
                await host.query(`alter table ${table} add column ${source}_${run} integer default ${run}`);
          await syncOnce(star.activities, source);
          await runActivity(star.activities.refreshViews, { source });
          landings.set(source, run);
        }, star.hosts[source]);
      await Promise.all([
        ...sources.map(landing),
        during(async (person) => {
          await person.query(
            `alter table clean.${tables[below(4, random)]!} add column by_hand_${byHand++} integer`,
          );
          await person.query('select pg_sleep(0.05)');
        }),
        during(async (analyst) => {
          await analyst.query(
            `select count(*) from clean.transactions t join clean.user_sessions s using (project, user_id)
             join clean.events e using (project, user_id) left join clean.pages p on p.project = e.project and p.id = e.page_id`,
          );
          looks++;
        }),
      ]);

      const { rows: added } = await star.warehouse.query<{ columns: string }>(
        `select count(*) as columns from pg_attribute
         where attrelid = any ('{clean.events, clean.pages, clean.transactions, clean.user_sessions}'::regclass[]) and attname like 'project\\__\\_%'`,
      );
      console.info(JSON.stringify({ landings: [...landings.values()], added, byHand, looks }));
      expect(Number(added[0]!.columns)).toBeGreaterThan(12);
      expect(Math.min(byHand, looks)).toBeGreaterThan(5);
      for (const source of sources)
        expect(await dataDifference(star.hosts[source]!, star.warehouse, source)).toEqual({});
      expect(await wrongSessions(star.warehouse)).toEqual([]);
      for (const url of [star.warehouseUrl, ...Object.values(star.hosts)])
        expect(
          await query(url, 'select deadlocks from pg_stat_database where datname = current_database()'),
        ).toEqual([{ deadlocks: '0' }]);
      await star.close();
    },
    (3 * seconds + 60) * 1000,
  );
});

test('a landing and its refresh do not wait for whoever has locked the leaves of another source', async () => {
  const star = await openStar({ hosts: ['project_a', 'project_b'], timeouts: { warehouseLockMs: 2_000 } });
  const migration = await openText(star.warehouseUrl);
  const other = await openText(star.hosts['project_b']!);
  try {
    await visit(star.host, 1);
    await syncOnce(star.activities, 'project_a');
    const { rows } = await migration.query<{ leaf: string }>(
      `select c.oid::regclass as leaf from pg_class c where relnamespace = 'part'::regnamespace and relkind = 'r'`,
    );
    expect(rows.length).toBeGreaterThan(7);
    await migration.query(
      `begin; lock table ${rows.map(({ leaf }) => leaf).join(', ')} in access exclusive mode`,
    );
    for (const id of [1, 2]) {
      await visit(other, id);
      await syncOnce(star.activities, 'project_b');
      expect(await runActivity(star.activities.refreshViews, { source: 'project_b' })).toEqual({
        sessions: id,
      });
    }
    await migration.query('rollback');
    expect(await dataDifference(star.hosts['project_b']!, star.warehouse, 'project_b')).toEqual({});
  } finally {
    await other.end();
    await migration.end();
    await star.close();
  }
});
