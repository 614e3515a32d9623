import { Client } from 'pg';
import { weights } from '../../../local/demo/changes.ts';
import { liveOn } from '../../../local/demo/workload.ts';
import type { LifeOptions, Lived } from '../../../local/demo/workload.ts';
import { createDemoSource } from '../../../local/demo/source.ts';
import { seededRandom } from '../../../local/demo/random.ts';
import { freshDatabase } from '../../support/postgres.ts';

interface Host {
  readonly url: string;
  readonly client: Client;
}

const tables = ['user_sessions', 'events', 'pages', 'transactions', 'exchange_rates'];
const today = '2026-01-31';
const readerPassword = 'read only';
const opened: (() => Promise<unknown>)[] = [];

async function emptyHost(): Promise<Host> {
  const database = await freshDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  opened.push(async () => {
    await client.end();
    await database.drop();
  });
  return { url: database.url, client };
}

async function demoHost(project = 'project_a'): Promise<Host> {
  const host = await emptyHost();
  await createDemoSource(host.client, { project, today, readerPassword });
  return host;
}

async function value(client: Client, select: string): Promise<string> {
  const { rows } = await client.query<{ value: unknown }>(`select (${select})::text as value`);
  return String(rows[0]?.value);
}

/** All rows of a host in one text, without the clock's part where `timeless`. */
async function fingerprint(client: Client, timeless = false): Promise<string> {
  const digests = tables.map(
    (table) => `(
      select md5(string_agg(line, ',' order by line))
      from ${table} t, lateral (
        select ${timeless ? `(to_jsonb(t) - '{created_at,updated_at,last_activity_at}'::text[])` : 't'}::text as line
      ) l
    )`,
  );
  return value(client, digests.join(' || '));
}

/** Lives on a host for some beats, as fast as it goes. */
async function live(host: Host, beats: number, options: Partial<LifeOptions> = {}): Promise<Lived> {
  const end = new AbortController();
  return liveOn(
    { name: 'project_a', url: host.url },
    {
      everyMs: 0,
      signal: end.signal,
      random: seededRandom(7),
      ...options,
      report(lived) {
        options.report?.(lived);
        if (lived.beats >= beats) end.abort();
      },
    },
  );
}

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

test('the same project and day seed the same rows, another project or day others', async () => {
  const one = await demoHost('project_a');
  const same = await demoHost('project_a');
  const other = await demoHost('project_b');
  const later = await emptyHost();
  await createDemoSource(later.client, { project: 'project_a', today: '2026-02-01', readerPassword });

  const rows = await fingerprint(one.client);
  expect(await fingerprint(same.client)).toBe(rows);
  expect(await fingerprint(other.client)).not.toBe(rows);
  expect(await fingerprint(later.client)).not.toBe(rows);
});

test('a host is seeded with enough rows of every kind, all before its day, and only once', async () => {
  const { client } = await emptyHost();
  const seeded = await createDemoSource(client, { project: 'project_c', today, readerPassword });
  expect(seeded.created).toBe(true);
  expect(seeded.rows.user_sessions).toBeGreaterThanOrEqual(2_000);
  expect(seeded.rows.events).toBeGreaterThanOrEqual(20_000);
  expect(seeded.rows.transactions).toBeGreaterThanOrEqual(3_000);
  expect(seeded.rows.pages).toBe(60);
  expect(seeded.rows.exchange_rates).toBeGreaterThan(250);

  const rows = await fingerprint(client);
  const again = await createDemoSource(client, { project: 'project_x', today, readerPassword });
  expect(again).toEqual({ created: false, rows: seeded.rows });
  expect(await fingerprint(client)).toBe(rows);

  expect(
    await value(client, `select string_agg(distinct coalesce(success::text, 'null'), ',') from transactions`),
  ).toBe('false,null,true');
  expect(
    await value(
      client,
      `select string_agg(distinct currency, ',') from transactions
       where currency <> 'USD' and currency not in (select currency_from from exchange_rates)`,
    ),
  ).toBe('KZT');
  const inside = Number(
    await value(
      client,
      `select avg(exists (
         select from user_sessions s
         where s.user_id = e.user_id and e.created_at between s.created_at and s.last_activity_at
       )::integer) from events e`,
    ),
  );
  expect(inside).toBeGreaterThan(0.8);
  expect(inside).toBeLessThan(0.98);
  expect(
    await value(
      client,
      `select greatest(
         (select max(last_activity_at) from user_sessions),
         (select max(created_at) from events),
         (select max(created_at) from transactions)
       ) between timestamp '${today}' - interval '1 day' and '${today}'`,
    ),
  ).toBe('true');
});

test('the reader may select from every table, also from later ones, and change nothing', async () => {
  const { url, client } = await demoHost();
  await client.query('create table added_later (id integer)');
  const asReader = new URL(url);
  asReader.username = 'tidehouse_reader';
  asReader.password = encodeURIComponent(readerPassword);
  const reader = new Client({ connectionString: asReader.href });
  await reader.connect();
  try {
    for (const table of [...tables, 'added_later']) await reader.query(`select from ${table} limit 1`);
    await expect(reader.query('delete from events')).rejects.toMatchObject({ code: '42501' });
    await expect(reader.query('create table own (id integer)')).rejects.toMatchObject({ code: '42501' });
  } finally {
    await reader.end();
  }
});

test('each kind of change happens within 400 beats, and none is refused', async () => {
  const lived = await live(await demoHost(), 400);
  expect(lived).toEqual({ beats: 400, done: lived.done, refused: 0, lost: 0 });
  expect(Object.keys(lived.done).sort()).toEqual(Object.keys(weights).sort());
  expect(Object.entries(lived.done).filter(([, times]) => times === 0)).toEqual([]);
});

test('the same numbers make the same life', async () => {
  const hosts = [await demoHost(), await demoHost()];
  const lives = [];
  for (const host of hosts) lives.push(await live(host, 100));
  expect(lives[0]).toMatchObject({ beats: 100, refused: 0 });
  expect(lives[1]).toEqual(lives[0]);
  const [rows, same] = await Promise.all(hosts.map(({ client }) => fingerprint(client, true)));
  expect(same).toBe(rows);
});

test('a life whose connections are cut goes on', async () => {
  const host = await demoHost();
  let cut: Promise<unknown> | undefined;
  const lived = await live(host, 30, {
    report({ beats }) {
      if (beats !== 10) return;
      cut ??= host.client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
    },
  });
  await cut;
  expect(lived.beats).toBe(30);
  expect(lived.lost).toBeGreaterThan(0);
});

test('a life ends at once when told, also while a statement waits', async () => {
  const host = await demoHost();
  await host.client.query('begin');
  await host.client.query(
    'lock table user_sessions, events, transactions, exchange_rates in access exclusive mode',
  );
  const end = new AbortController();
  const life = liveOn({ name: 'project_a', url: host.url }, { everyMs: 0, signal: end.signal });
  const waiting = `exists (
    select from pg_locks
    where not granted and database = (select oid from pg_database where datname = current_database())
  )`;
  while ((await value(host.client, waiting)) !== 'true');
  const told = Date.now();
  end.abort();
  await life;
  // The lock would be waited for half a second.
  expect(Date.now() - told).toBeLessThan(300);
});
