import { Client } from 'pg';
import { below, seededRandom } from '../../local/demo/random.ts';
import type { Random } from '../../local/demo/random.ts';

/** The counts of the writers' changes, with which a test checks that every kind really happened. */
export type Counts = Record<string, number>;

type Change = (client: Client, random: Random) => Promise<void>;

/** A session is never written without an event of the same name in the same transaction. */
const openSession: Change = async (client, random) => {
  const user = below(40, random);
  const { rows } = await client.query<{ id: number }>(
    `insert into user_sessions (user_id, id, active, page_name, last_activity_at, created_at, updated_at)
     select $1, 1 + (random() * 1e8)::int, true, 'page', now() + interval '5 minutes', now(), now() returning id`,
    [user],
  );
  await client.query(
    `insert into events (user_id, id, event_name, page_id, created_at) values ($1, $2, 'open', 1, clock_timestamp())`,
    [user, rows[0]!.id],
  );
};

const touchSession: Change = async (client, random) => {
  await client.query(
    `update user_sessions set last_activity_at = now(), updated_at = now()
     where (user_id, id) = (select user_id, id from user_sessions where user_id = $1 order by random() limit 1)`,
    [below(40, random)],
  );
};

const closeSession: Change = async (client, random) => {
  const { rows } = await client.query<{ user_id: number; id: number }>(
    `delete from user_sessions where (user_id, id) = (select user_id, id from user_sessions where user_id = $1 order by random() limit 1)
     returning user_id, id`,
    [below(40, random)],
  );
  for (const { user_id, id } of rows)
    await client.query('delete from events where user_id = $1 and id = $2', [user_id, id]);
};

const pay: Change = async (client, random) => {
  await client.query(
    `insert into transactions (id, user_id, created_at, amount, currency, success)
     select 1 + (random() * 1e8)::int, $1, now(), round((random() * 100)::numeric, 2), (array['USD','EUR','PLN'])[1 + (random() * 2)::int], null`,
    [below(40, random)],
  );
};

/** An update without a timestamp, which a cursor never sees. */
const settle: Change = async (client, random) => {
  await client.query(
    `update transactions set success = random() < 0.7
     where (user_id, id) in (select user_id, id from transactions where user_id = $1 and success is null limit 3)`,
    [below(40, random)],
  );
};

/** Two rows swap keys: at every instant both exist exactly once. */
const swapPages: Change = async (client, random) => {
  const one = 1 + 2 * below(10, random);
  await client.query('update pages set id = -id where id = $1', [one]);
  await client.query('update pages set id = $1 where id = $2', [one, one + 1]);
  await client.query('update pages set id = $1 where id = $2', [one + 1, -one]);
};

const moveKey: Change = async (client, random) => {
  await client.query(
    `update transactions set id = 1 + (random() * 1e8)::int
     where (user_id, id) = (select user_id, id from transactions where user_id = $1 order by random() limit 1)`,
    [below(40, random)],
  );
};

const reinsert: Change = async (client, random) => {
  const { rows } = await client.query<{ user_id: number; id: number; created_at: string }>(
    `delete from transactions where (user_id, id) = (select user_id, id from transactions where user_id = $1 order by random() limit 1)
     returning user_id, id, created_at::text`,
    [below(40, random)],
  );
  for (const row of rows)
    await client.query(
      `insert into transactions (id, user_id, created_at, amount, currency, success) values ($1, $2, $3, 1, 'USD', true)`,
      [row.id, row.user_id, row.created_at],
    );
};

const changes: readonly (readonly [string, number, Change])[] = [
  ['openSession', 0.3, openSession],
  ['touchSession', 0.15, touchSession],
  ['pay', 0.2, pay],
  ['settle', 0.12, settle],
  ['closeSession', 0.08, closeSession],
  ['swapPages', 0.05, swapPages],
  ['moveKey', 0.05, moveKey],
  ['reinsert', 0.05, reinsert],
];

function choose(random: Random): readonly [string, number, Change] {
  let at = random();
  return changes.find(([, weight]) => (at -= weight) < 0) ?? changes[0]!;
}

/**
 * Writers that behave as badly as real applications, at a source with the session star: long transactions, idle before or
 * after they write; savepoints, some rolled back; rollbacks; prepared transactions that are committed later; deletes,
 * key changes, updates without a timestamp, delete-and-reinsert.
 */
export function busyApplication(
  url: string,
  { writers, seed }: { writers: number; seed: number },
): { stop(): Promise<Counts> } {
  const counts: Counts = {};
  const count = (what: string) => (counts[what] = (counts[what] ?? 0) + 1);
  let stopping = false;

  async function write(writer: number): Promise<void> {
    const random = seededRandom(seed * 1000 + writer);
    const client = new Client({ connectionString: url });
    await client.connect();
    const idle = async () => {
      count('long');
      await client.query('select pg_sleep($1)', [random() * 4]);
    };
    for (let n = 0; !stopping; n++) {
      const long = random() < 0.15;
      const before = random() < 0.5;
      try {
        await client.query('begin');
        if (long && before) await idle();
        for (let i = 0; i <= below(3, random); i++) {
          const [name, , change] = choose(random);
          const savepoint = random() < 0.3;
          if (savepoint) await client.query('savepoint s');
          await change(client, random);
          if (savepoint) {
            const undo = random() < 0.3;
            await client.query(undo ? 'rollback to s' : 'release s');
            count(undo ? 'savepoint undone' : 'savepoint');
          }
          count(name);
        }
        if (long && !before) await idle();
        const end = random();
        if (end < 0.05) {
          await client.query('rollback');
          count('rollback');
        } else if (end < 0.12) {
          const gid = `busy-${seed}-${writer}-${n}`;
          await client.query(`prepare transaction '${gid}'`);
          await client.query('select pg_sleep($1)', [random() * 2]);
          await client.query(`commit prepared '${gid}'`);
          count('prepared');
        } else await client.query('commit');
      } catch {
        // Writers collide with each other (deadlocks, equal keys); then the application does something else.
        await client.query('rollback');
        count('collision');
      }
      await client.query('select pg_sleep($1)', [random() * 0.03]);
    }
    await client.end();
  }

  const all = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return {
    async stop() {
      stopping = true;
      await all;
      return counts;
    },
  };
}
