import { Client } from 'pg';
import { weights } from '../../../local/demo/changes.ts';
import { runWorkload } from '../../../local/demo/workload.ts';
import type { WorkloadOptions, WorkloadStats } from '../../../local/demo/workload.ts';
import { createDemoSource } from '../../../local/demo/source.ts';
import { seededRandom } from '../../../local/demo/random.ts';
import { freshDatabase } from '../../support/postgres.ts';

interface Source {
  readonly url: string;
  readonly client: Client;
}

const tables = ['user_sessions', 'events', 'pages', 'transactions', 'exchange_rates'];
const today = '2026-01-31';
const readerPassword = 'read only';
const opened: (() => Promise<unknown>)[] = [];

async function emptySource(): Promise<Source> {
  const database = await freshDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  opened.push(async () => {
    await client.end();
    await database.drop();
  });
  return { url: database.url, client };
}

async function demoSource(project = 'project_a'): Promise<Source> {
  const source = await emptySource();
  await createDemoSource(source.client, { project, today, readerPassword });
  return source;
}

async function value(client: Client, select: string): Promise<string> {
  const { rows } = await client.query<{ value: unknown }>(`select (${select})::text as value`);
  return String(rows[0]?.value);
}

/** A digest of all rows of a source, without their timestamps when `timeless`. */
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

/** Runs the workload on a source for some ticks, without pauses. */
async function run(
  source: Source,
  ticks: number,
  options: Partial<WorkloadOptions> = {},
): Promise<WorkloadStats> {
  const end = new AbortController();
  return runWorkload(
    { name: 'project_a', url: source.url },
    {
      everyMs: 0,
      signal: end.signal,
      random: seededRandom(7),
      ...options,
      report(stats) {
        options.report?.(stats);
        if (stats.ticks >= ticks) end.abort();
      },
    },
  );
}

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

test('the same project and day produce the same demo rows, another project or day different ones', async () => {
  const one = await demoSource('project_a');
  const same = await demoSource('project_a');
  const other = await demoSource('project_b');
  const later = await emptySource();
  await createDemoSource(later.client, { project: 'project_a', today: '2026-02-01', readerPassword });

  const rows = await fingerprint(one.client);
  expect(await fingerprint(same.client)).toBe(rows);
  expect(await fingerprint(other.client)).not.toBe(rows);
  expect(await fingerprint(later.client)).not.toBe(rows);
});

test('a source is seeded once, with enough rows of every kind, all before the given day', async () => {
  const { client } = await emptySource();
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

test('the reader can select from every table, including later ones, and change nothing', async () => {
  const { url, client } = await demoSource();
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

test('each kind of change happens within 400 ticks, and none fails', async () => {
  const stats = await run(await demoSource(), 400);
  expect(stats).toEqual({ ticks: 400, done: stats.done, failed: 0, disconnected: 0 });
  expect(Object.keys(stats.done).sort()).toEqual(Object.keys(weights).sort());
  expect(Object.entries(stats.done).filter(([, times]) => times === 0)).toEqual([]);
});

test('the same random numbers produce the same changes', async () => {
  const sources = [await demoSource(), await demoSource()];
  const stats = [];
  for (const source of sources) stats.push(await run(source, 100));
  expect(stats[0]).toMatchObject({ ticks: 100, failed: 0 });
  expect(stats[1]).toEqual(stats[0]);
  const [rows, same] = await Promise.all(sources.map(({ client }) => fingerprint(client, true)));
  expect(same).toBe(rows);
});

test('a workload continues after its connections are cut', async () => {
  const source = await demoSource();
  let cut: Promise<unknown> | undefined;
  const stats = await run(source, 30, {
    report({ ticks }) {
      if (ticks !== 10) return;
      cut ??= source.client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
    },
  });
  await cut;
  expect(stats.ticks).toBe(30);
  expect(stats.disconnected).toBeGreaterThan(0);
});

test('a workload ends at once when aborted, even while a statement waits for a lock', async () => {
  const source = await demoSource();
  await source.client.query('begin');
  await source.client.query(
    'lock table user_sessions, events, transactions, exchange_rates in access exclusive mode',
  );
  const end = new AbortController();
  const workload = runWorkload({ name: 'project_a', url: source.url }, { everyMs: 0, signal: end.signal });
  const waiting = `exists (
    select from pg_locks
    where not granted and database = (select oid from pg_database where datname = current_database())
  )`;
  while ((await value(source.client, waiting)) !== 'true');
  const aborted = Date.now();
  end.abort();
  await workload;
  // The lock timeout is half a second.
  expect(Date.now() - aborted).toBeLessThan(300);
});
