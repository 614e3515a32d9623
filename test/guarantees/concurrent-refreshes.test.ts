import type { Client } from 'pg';
import { refreshStatements } from '../../activities/sync/warehouse/refresh-statements.ts';
import { below, oneOf, seededRandom } from '../../local/demo/random.ts';
import type { Random } from '../../local/demo/random.ts';
import { busyApplication } from '../support/busy-application.ts';
import { wrongSessions } from '../support/reference-analytics.ts';
import { shapes, warehouseOf } from '../support/shape.ts';
import type { Shape } from '../support/shape.ts';
import { openStar, openText } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { runActivity, syncOnce } from '../support/sync-once.ts';

const seconds = Number(process.env['TIDEHOUSE_REFRESH_SECONDS'] ?? 4);
const seed = Number(process.env['TIDEHOUSE_REFRESH_SEED'] ?? Date.now() % 1e6);
const projects = ['project_a', 'project_b', 'project_c'] as const;
const refreshers = 4;
const people = 2;
/** As in busyApplication. */
const users = 40;

type ByHand = readonly [name: string, change: (client: Client, random: Random) => Promise<unknown>];

/** What a person changes through the tables of all sources, none of which the sources know. */
const byHand: readonly [ByHand, ...ByHand[]] = [
  [
    'addEvents',
    (client, random) =>
      client.query(
        `insert into clean.events (project, user_id, id, event_name, created_at, batch)
       select $1, $2, 1 + (random() * 1e9)::int, 'by hand', s.created_at + interval '1 minute', 'mine'
       from clean.user_sessions s where s.project = $1 and s.user_id = $2 limit 5`,
        [oneOf(projects, random), below(users, random)],
      ),
  ],
  [
    'moveEvents',
    (client, random) =>
      client.query(
        `update clean.events set created_at = created_at + (random() - 0.5) * interval '10 minutes'
       where project = $1 and user_id = $2`,
        [oneOf(projects, random), below(users, random)],
      ),
  ],
  [
    'moveWindows',
    (client, random) =>
      client.query(
        `update clean.user_sessions set last_activity_at = created_at + random() * interval '20 minutes'
       where project = $1 and user_id = $2`,
        [oneOf(projects, random), below(users, random)],
      ),
  ],
  [
    'changePayments',
    (client, random) =>
      client.query(
        `update clean.transactions set success = random() < 0.7, amount = amount + 1, currency = (array['USD', 'EUR', 'PLN'])[1 + (random() * 2)::int]
       where project = $1 and user_id = $2`,
        [oneOf(projects, random), below(users, random)],
      ),
  ],
  [
    'deleteSessions',
    (client, random) =>
      client.query('delete from clean.user_sessions where project = $1 and user_id = $2 and random() < 0.2', [
        oneOf(projects, random),
        below(users, random),
      ]),
  ],
  [
    'deleteEvents',
    (client, random) =>
      client.query('delete from clean.events where project = $1 and user_id = $2 and random() < 0.2', [
        oneOf(projects, random),
        below(users, random),
      ]),
  ],
  [
    'moveToAnotherProject',
    (client, random) =>
      client.query(
        `update clean.${oneOf(['user_sessions', 'events', 'transactions'], random)} t
       set project = $2, user_id = $4, id = 1 + (random() * 1e9)::int where project = $1 and user_id = $3 and random() < 0.3`,
        [oneOf(projects, random), oneOf(projects, random), below(users, random), below(users, random)],
      ),
  ],
  [
    'changeRates',
    (client, random) =>
      client.query(
        `update clean.exchange_rates set exchange_rate = exchange_rate * 1.1 where currency_date = current_date - $1::int`,
        [below(9, random)],
      ),
  ],
];

/** Takes the notes of a project, and computes what they are about. */
type Refresh = (star: Star, source: string) => Promise<unknown>;

const asTheActivity: Refresh = (star, source) => runActivity(star.activities.refreshViews, { source });

/**
 * The control: the same statements in the wrong order. Notes that come after the look at them are taken with the others,
 * although nothing was computed for them.
 */
const computingFirst: Refresh = async (star, project) => {
  const client = await openText(star.warehouseUrl);
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtext('tidehouse.refresh'), hashtext($1))`, [
      project,
    ]);
    const { takeNotes, recomputeSessions } = await refreshStatements(client, project);
    await client.query('savepoint looking');
    const { rows } = await client.query<Record<'user_ids' | 'ids', string | null>>(takeNotes, [project, 1e6]);
    await client.query('rollback to savepoint looking');
    const { user_ids, ids } = rows[0]!;
    if (user_ids !== null) await client.query(recomputeSessions, [project, user_ids, ids]);
    await client.query('select pg_sleep(0.1)');
    await client.query(takeNotes, [project, 1e6]);
    await client.query('commit');
  } finally {
    await client.end();
  }
};

interface Outcome {
  /** What the landings, refreshes and changes by hand amount to. */
  readonly counts: Record<string, number>;
  readonly wrong: string[];
  readonly notesLeft: number;
}

/**
 * Lands three sources whose applications write, refreshes them several at a time, and changes clean and the rates by hand, all
 * at once; then refreshes each source until no notes are left.
 */
async function changeAndRefresh(shape: Shape, refresh: Refresh): Promise<Outcome> {
  const star = await openStar({ hosts: [...projects], warehouse: await warehouseOf(shape) });
  const counts: Record<string, number> = {};
  const count = (what: string) => (counts[what] = (counts[what] ?? 0) + 1);
  try {
    await star.host.query(
      `insert into exchange_rates select c, 'USD', 1 + random()::numeric, current_date - d from unnest(array['EUR', 'PLN']) c, generate_series(0, 8) d`,
    );
    for (const source of projects) await syncOnce(star.activities, source);
    const applications = projects.map((source, at) =>
      busyApplication(star.hosts[source]!, { writers: 4, seed: seed * 10 + at }),
    );
    const endAt = Date.now() + seconds * 1_000;
    const until = async (work: () => Promise<unknown>) => {
      while (Date.now() < endAt) await work();
    };
    const landing = (source: string) =>
      until(async () => {
        try {
          await syncOnce(star.activities, source);
          count('landed');
        } catch (error) {
          // A deadlock with the person, for example: such a failure is retried.
          if ((error as { type?: unknown }).type !== 'Unavailable') throw error;
          count('gave way');
        }
      });
    const person = async (at: number) => {
      const random = seededRandom(seed * 100 + at);
      const client = await openText(star.warehouseUrl);
      try {
        await until(async () => {
          const [name, change] = oneOf(byHand, random);
          await client.query('begin');
          try {
            await change(client, random);
            await client.query('select pg_sleep($1)', [random() * 0.05]);
            await client.query('commit');
            count(name);
          } catch {
            // The key exists already, or a deadlock with a landing.
            await client.query('rollback');
            count('collision');
          }
        });
      } finally {
        await client.end();
      }
    };
    const rates = () =>
      until(async () => {
        await star.host.query(
          `update exchange_rates set exchange_rate = 1 + random()::numeric where currency_date = current_date - (random() * 8)::int`,
        );
        await star.host.query('select pg_sleep(0.2)');
      });
    const refreshing = async (at: number) => {
      const random = seededRandom(seed * 1_000 + at);
      await until(async () => {
        await refresh(star, oneOf(projects, random));
        count('refreshed');
      });
    };
    await Promise.all([
      ...projects.map(landing),
      ...Array.from({ length: people }, (_, at) => person(at)),
      rates(),
      ...Array.from({ length: refreshers }, (_, at) => refreshing(at)),
    ]);
    await Promise.all(applications.map((application) => application.stop()));

    let notesLeft = 0;
    for (let round = 0; round < 5; round++) {
      for (const source of projects) await asTheActivity(star, source);
      const { rows } = await star.warehouse.query<{ notes: string }>(
        'select (select count(*) from analytics.changed_session) + (select count(*) from analytics.changed_rate) as notes',
      );
      notesLeft = Number(rows[0]!.notes);
      if (notesLeft === 0) break;
    }
    return { counts, wrong: await wrongSessions(star.warehouse), notesLeft };
  } finally {
    await star.close();
  }
}

describe('while sources land, people change their rows and rates change', () => {
  test.each(shapes)(
    'in %s, several refreshes at once leave all metrics right and no note',
    async (shape) => {
      const { counts, wrong, notesLeft } = await changeAndRefresh(shape, asTheActivity);
      console.info(JSON.stringify({ shape, seed, counts }));
      expect(wrong).toEqual([]);
      expect(notesLeft).toBe(0);
      for (const kind of ['landed', 'refreshed', 'moveToAnotherProject', 'moveWindows', 'changeRates'])
        expect(counts[kind]).toBeGreaterThan(0);
    },
    (seconds * 3 + 60) * 1_000,
  );

  test(
    'a refresh that computes before it takes leaves metrics wrong',
    async () => {
      const { counts, wrong, notesLeft } = await changeAndRefresh('leaves', computingFirst);
      console.info(JSON.stringify({ seed, counts, wrong: wrong.length }));
      expect(wrong).not.toEqual([]);
      expect(notesLeft).toBe(0);
    },
    (seconds * 3 + 60) * 1_000,
  );
});
