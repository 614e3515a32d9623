import type { Client } from 'pg';
import { readFlatTables } from '../../../../../activities/sync/warehouse/repartition/flat-tables.ts';
import {
  planRepartition,
  repartition,
} from '../../../../../activities/sync/warehouse/repartition/repartition.ts';
import { below, seededRandom } from '../../../../../local/demo/random.ts';
import { dataDifference, unreconciledTables } from '../../../../support/equal-data.ts';
import { eventually } from '../../../../support/eventually.ts';
import { flatWarehouse } from '../../../../support/flat-warehouse.ts';
import { wrongSessions } from '../../../../support/reference-analytics.ts';
import { dumpSchema } from '../../../../support/schema-dump.ts';
import { openStar, openText } from '../../../../support/star.ts';
import type { Star } from '../../../../support/star.ts';
import { runActivity, syncOnce } from '../../../../support/sync-once.ts';

const sources = ['project_a', 'project_b'];
const tables = ['events', 'pages', 'session_metrics', 'transactions', 'user_sessions'];
const patience = { lockMs: 300, pauseMs: 20, forMs: 20_000 };

let star: Star;
let other: Client;

beforeEach(async () => {
  star = await openFlatStar();
  other = await openText(`${star.warehouseUrl}?application_name=report`);
});
afterEach(async () => {
  await other.end();
  await star.close();
});

async function openFlatStar(): Promise<Star> {
  const opened = await openStar({ hosts: sources, warehouse: await flatWarehouse() });
  for (const source of sources) await fill(opened, source);
  for (const source of sources) await land(opened, source);
  return opened;
}

async function fill({ hosts }: Star, source: string): Promise<void> {
  await onSource(
    hosts[source]!,
    `insert into pages select i, 'page ' || i, now() from generate_series(1, 20) i;
     insert into user_sessions
       select u, s, true, 'page', t + interval '10 minutes', t, t
       from generate_series(1, 40) u, generate_series(1, 5) s, lateral (select timestamp '2026-01-01' + s * interval '1 hour' as t) at;
     insert into events select u, e, 'click', 1, timestamp '2026-01-01 01:00' + e * interval '7 minutes'
       from generate_series(1, 40) u, generate_series(1, 30) e;
     insert into transactions (id, user_id, created_at, amount, currency, success)
       select t, u, timestamp '2026-01-01 01:00' + t * interval '20 minutes', 10.50 * t, case when t % 3 = 0 then 'USD' else 'EUR' end, t % 2 = 0
       from generate_series(1, 40) u, generate_series(1, 12) t;
     insert into exchange_rates values ('EUR', 'USD', 1.1, '2026-01-01')`,
  );
}

async function change({ hosts }: Star, source: string): Promise<void> {
  await onSource(
    hosts[source]!,
    `update transactions set success = not success where id = 2;
     insert into events select u, 1 + (select max(id) from events), 'late', 1, timestamp '2026-01-01 02:05' from generate_series(1, 40) u;
     delete from user_sessions where id = 5 and user_id = 3`,
  );
}

async function onSource(url: string, sql: string): Promise<void> {
  const client = await openText(url);
  await client.query(sql);
  await client.end();
}

async function land({ activities }: Star, source: string): Promise<void> {
  await syncOnce(activities, source);
  await runActivity(activities.refreshViews, { source });
}

async function moveAll(): Promise<void> {
  for (const { table } of (await readFlatTables(star.warehouse)).moves) await move(table);
}

/** Moves one table, on connections of its own. */
async function move(table: string, within = patience): Promise<boolean> {
  const [client, reader] = [await openText(star.warehouseUrl), await openText(star.warehouseUrl)];
  return repartition(client, reader, table, within).finally(() => Promise.all([client.end(), reader.end()]));
}

async function rows<Row>(sql: string, client = star.warehouse): Promise<Row[]> {
  return (await client.query(sql)).rows as Row[];
}

/** Of each table, the rows as text: the same in both shapes. */
const checksum = `
  select md5(string_agg(md5(row), '' order by row)) as checksum, count(*) as rows from (
    select 'e' || e::text as row from clean.events e union all select 'p' || p::text from clean.pages p
    union all select 's' || s::text from clean.user_sessions s union all select 't' || t::text from clean.transactions t
    union all select 'm' || m::text from analytics.session_analytics m
    union all select 'u' || u::text from analytics.transactions_in_usd u
  ) r`;

/** Tables that were made to replace others and did not, and leaves of no table. */
const leftovers = `
  select c.relname from pg_class c
  where c.relnamespace = 'part'::regnamespace and c.relkind in ('r', 'p')
    and not exists (select from pg_inherits i where i.inhrelid = c.oid)`;

async function expectEverythingLands(): Promise<void> {
  for (const source of sources) {
    await change(star, source);
    await land(star, source);
    expect(await dataDifference(star.hosts[source]!, star.warehouse, source)).toEqual({});
  }
  expect(await wrongSessions(star.warehouse)).toEqual([]);
  expect(await unreconciledTables(star.warehouse)).toEqual([]);
}

test('a warehouse of 0.2 has the same rows afterwards, the schema of a new one, and its next runs land', async () => {
  expect((await planRepartition(star.warehouse)).moves.map(({ table, to }) => [table, to])).toEqual(
    tables
      .filter((table) => table !== 'session_metrics')
      .map((table) => [table, 'leaves'])
      .concat([['session_metrics', 'bigint']]),
  );
  const before = await rows(checksum);
  await moveAll();
  expect(await rows(checksum)).toEqual(before);
  expect(await readFlatTables(star.warehouse)).toEqual({ moves: [], kept: [] });
  expect(await rows('select from analytics.changed_session')).toEqual([]);
  await expectEverythingLands();

  const fresh = await openStar({ hosts: ['project_a'] });
  await land(fresh, 'project_a');
  expect(await dumpSchema(star.warehouse)).toBe(await dumpSchema(fresh.warehouse));
  await fresh.close();
});

/** Queries in a loop on a connection of their own until `stop`, which returns what they saw. */
function reading(queries: readonly string[]): {
  stop(): Promise<{ looks: number; seen: string[]; longestMs: number }>;
} {
  const stopping = new AbortController();
  const running = (async () => {
    const client = await openText(star.warehouseUrl);
    const seen = new Set<string>();
    let [looks, longestMs] = [0, 0];
    try {
      while (!stopping.signal.aborted)
        for (const query of queries) {
          const begun = performance.now();
          const result = await client.query(query);
          const last = Array.isArray(result)
            ? (result as (typeof result)[]).find(({ rows: found }) => found.length > 0)!
            : result;
          seen.add(JSON.stringify(last.rows));
          longestMs = Math.max(longestMs, performance.now() - begun);
          looks++;
        }
    } finally {
      await client.end();
    }
    return { looks, seen: [...seen], longestMs };
  })();
  running.catch(() => undefined);
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}

const joined = `
  select (select count(*) from clean.events) as events, (select count(*) from session_analytics) as sessions,
         (select count(*) from transactions_in_usd) as priced,
         count(*) as joined
  from clean.user_sessions s join clean.events e using (project, user_id) join clean.pages p on p.project = s.project and p.id = e.page_id`;

test('queries go on meanwhile, and none sees an error or a table without its rows', async () => {
  const readers = [
    reading([joined]),
    reading([joined.replaceAll('clean.', '')]),
    reading([`begin; ${joined}; commit`, `begin isolation level repeatable read; ${joined}; commit`]),
  ];
  await moveAll();
  const ends = await Promise.all(readers.map((reader) => reader.stop()));
  expect(new Set(ends.flatMap(({ seen }) => seen)).size).toBe(1);
  for (const { looks, longestMs } of ends) {
    expect(looks).toBeGreaterThan(10);
    expect(longestMs).toBeLessThan(5_000);
  }
});

test('a transaction that keeps an older snapshot never finds a new table empty', async () => {
  await other.query('begin isolation level repeatable read; select 1 from clean.pages');
  const moving = move('events');
  await eventually('the move waits for the snapshot', async () => {
    const waiting = await rows(
      `select from pg_stat_activity where datname = current_database() and query like '%rollback to savepoint locking%'`,
    );
    return waiting.length > 0;
  });
  expect(await rows('select count(*) from clean.events', other)).toEqual([{ count: '2400' }]);
  await other.query('commit');
  expect(await moving).toBe(true);
});

test('a transaction whose snapshot was taken before the swap, and that waits for it, sees all rows', async () => {
  await other.query('begin; select from clean.events limit 1');
  const moving = move('events', { ...patience, lockMs: 20_000 });
  const late = await openText(star.warehouseUrl);
  const waiting = (count: number) =>
    eventually(`${count} wait`, async () => {
      const found = await rows(
        `select from pg_locks where relation = 'clean.events'::regclass and not granted`,
      );
      return found.length === count;
    });
  await waiting(1);
  const seen = late.query('begin isolation level repeatable read; select count(*) from clean.events; commit');
  await waiting(2);
  await other.query('commit');
  expect(await moving).toBe(true);
  expect(((await seen) as unknown as { rows: unknown[] }[])[1]!.rows).toEqual([{ count: '2400' }]);
  await late.end();
});

test('a query that does not end is named, and nothing is changed', async () => {
  await other.query('begin; select count(*) from clean.events');
  const [{ pid }] = (await rows<{ pid: string }>('select pg_backend_pid() as pid', other)) as [
    { pid: string },
  ];
  await expect(move('events', { lockMs: 50, pauseMs: 20, forMs: 200 })).rejects.toThrow(
    new RegExp(
      `clean\\.events is in use by process ${pid} \\(report, in a transaction since .*\nselect pg_terminate_backend\\(${pid}\\)$`,
      's',
    ),
  );
  expect(await rows(leftovers)).toEqual([]);
  await other.query(`rollback`);
  expect(await move('events')).toBe(true);
});

test('landings and refreshes next to it succeed or are retried, and no row is lost', async () => {
  let stopped = false;
  let landings = 0;
  const landing = sources.map(async (source) => {
    while (!stopped) {
      await change(star, source);
      await land(star, source);
      landings++;
    }
  });
  await moveAll();
  stopped = true;
  await Promise.all(landing);
  expect(landings).toBeGreaterThan(0);
  expect(await readFlatTables(star.warehouse)).toEqual({ moves: [], kept: [] });
  await expectEverythingLands();
  expect(await rows(`select deadlocks from pg_stat_database where datname = current_database()`)).toEqual([
    { deadlocks: '0' },
  ]);
});

test('it waits for the landing and the load that are open, and these for it', async () => {
  await other.query(
    `begin; select from ops.source where source = 'project_a' for update;
     insert into clean.events select 'project_b', 1, 1000 + i, 'by hand', 1, now(), 'b' from generate_series(1, 5) i`,
  );
  const moving = move('events');
  await eventually('the move waits', async () => {
    const waiting = await rows(
      `select from pg_stat_activity where datname = current_database() and query like '%for update%' and wait_event_type = 'Lock'`,
    );
    return waiting.length > 0;
  });
  await other.query('commit');
  await moving;
  expect(await rows('select count(*) from clean.events')).toEqual([{ count: '2405' }]);
});

test('ended at any point, it has changed nothing, and goes on when it is run again', async () => {
  const before = await rows(checksum);
  const random = seededRandom(1);
  let ended = 0;
  for (let attempt = 0; attempt < 60; attempt++) {
    const next = (await readFlatTables(star.warehouse)).moves[0];
    if (!next) break;
    const moving = move(next.table).then(
      () => 'moved',
      () => 'ended',
    );
    await star.warehouse.query('select pg_sleep($1)', [below(attempt * 15 + 5, random) / 1_000]);
    await star.warehouse.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and application_name = ''`,
    );
    if ((await moving) === 'ended') ended++;
    expect(await rows(checksum)).toEqual(before);
    expect(await rows(leftovers)).toEqual([]);
  }
  expect(ended).toBeGreaterThan(3);
  expect(await readFlatTables(star.warehouse)).toEqual({ moves: [], kept: [] });
  await expectEverythingLands();
});

describe('what others have made of the tables', () => {
  const role = () => `analyst_${new URL(star.warehouseUrl).pathname.slice(1)}`;

  test('is kept: views, privileges, comments, columns, indexes and storage parameters', async () => {
    await star.warehouse.query(
      `create role ${role()};
       create schema "Marketing";
       alter table clean.events add column seen timestamptz default now(), add column shouted text generated always as (upper(event_name)) stored;
       create index "by name" on clean.events (event_name) where page_id > 0;
       alter table clean.events set (fillfactor = 80);
       comment on table clean.events is 'It''s ours.'; comment on column clean.events.seen is 'When we saw it.';
       grant select on clean.events to ${role()} with grant option; grant select (project, id) on clean.pages to ${role()};
       create view "Marketing"."the events" with (security_barrier = true) as
         select project, user_id, count(*) as many, max(shouted) as loud from clean.events group by 1, 2;
       create view "Marketing".worth as select e.*, u.amount_in_usd from "Marketing"."the events" e join analytics.transactions_in_usd u using (project, user_id);
       create view "Marketing".sessions as select s.*, m.first_id from session_analytics s join analytics.session_metrics m using (project, user_id, id);
       grant select on "Marketing".worth to ${role()};
       comment on view "Marketing"."the events" is 'Weekly.'`,
    );
    const settings = `
      select c.oid::regclass::text as relation, obj_description(c.oid) as comment, c.relacl::text,
             (select array_agg(attname || coalesce(attacl::text, '') || coalesce(col_description(c.oid, attnum), '') order by attnum)::text
              from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns,
             case when c.relkind = 'v' then c.reloptions::text end as options
      from pg_class c
      where c.relnamespace in ('clean'::regnamespace, '"Marketing"'::regnamespace, 'analytics'::regnamespace)
        and c.relkind in ('r', 'p', 'v') order by 1`;
    const before = [
      await rows(settings),
      await rows('select * from "Marketing".worth order by 1, 2, 3, 4, 5'),
      await rows('select * from "Marketing".sessions order by 1, 2, 3'),
    ];
    await moveAll();
    expect([
      await rows(settings),
      await rows('select * from "Marketing".worth order by 1, 2, 3, 4, 5'),
      await rows('select * from "Marketing".sessions order by 1, 2, 3'),
    ]).toEqual(before);
    expect(await rows(`select indexdef from pg_indexes where indexname = 'by name'`)).toEqual([
      {
        indexdef: 'CREATE INDEX "by name" ON ONLY clean.events USING btree (event_name) WHERE (page_id > 0)',
      },
    ]);
    expect(
      await rows(`select reloptions::text from pg_class where relname = 'clean.events@project_a'`),
    ).toEqual([{ reloptions: '{fillfactor=80}' }]);
    await expectEverythingLands();
    expect(
      await rows('select count(*) from clean.events where shouted is distinct from upper(event_name)'),
    ).toEqual([{ count: '0' }]);
    await star.warehouse.query(`drop owned by ${role()} cascade; drop role ${role()}`);
  });

  test('is named before anything is touched when it cannot be kept, and the printed statements remove it', async () => {
    await star.warehouse.query(
      `create materialized view clean.daily as select project, count(*) from clean.events group by 1;
       create function clean.shown(e clean.events) returns text language sql return e.event_name;
       create function clean.nothing() returns trigger language plpgsql as $$ begin return null; end $$;
       create trigger mine after insert on clean.pages execute function clean.nothing();
       alter table clean.pages add constraint named check (name <> '');
       create unique index one_name on clean.pages (project, name);
       create statistics clean.pairs on user_id, page_id from clean.events;
       create rule silent as on delete to clean.transactions where false do instead nothing;
       create publication everything for table clean.events;
       alter table clean.events enable row level security;
       create policy all_rows on clean.events using (true)`,
    );
    const { message } = await planRepartition(star.warehouse).then(
      () => new Error('It was not refused.'),
      (thrown: unknown) => thrown as Error,
    );
    for (const name of [
      'clean.daily',
      'clean.shown',
      'mine',
      'named',
      'one_name',
      'clean.pairs',
      'silent',
      'everything',
      'row security',
      'all_rows',
    ])
      expect(message).toContain(name);
    await expect(move('pages')).rejects.toThrow('Nothing was changed.');
    for (const statement of message.split('\n').filter((line) => /^(select|drop|alter) /.test(line)))
      await star.warehouse.query(statement);
    await moveAll();
    await expectEverythingLands();
  });
});

test('tables stay flat, with the reason, when there are more than 100 sources', async () => {
  await star.warehouse.query(
    `insert into ops.source (source) select 'other_' || i from generate_series(1, 101) i`,
  );
  const { moves, kept } = await planRepartition(star.warehouse);
  expect(moves.map(({ table }) => table)).toEqual(['session_metrics']);
  expect(kept).toEqual(
    tables
      .filter((table) => table !== 'session_metrics')
      .map((table) => ({ table, reason: 'with more than 100 sources, flat tables are faster' })),
  );
});

test('values keep their text in wide columns, blanks included', async () => {
  await star.warehouse.query(
    `create table clean.codes (project text not null, id smallint not null, code bpchar, codes bpchar[], names name[], label varchar, batch text not null, primary key (project, id));
     insert into clean.codes values ('project_a', 1, 'a  ', '{"b ",null}', '{n}', 'l ', 'b'), ('project_a', 2, null, null, null, null, 'b')`,
  );
  await move('codes');
  expect(
    await rows(
      'select id, code, codes, names, label, pg_typeof(id)::text as ids, pg_typeof(codes)::text as types from clean.codes order by id',
    ),
  ).toEqual([
    { id: '1', code: 'a  ', codes: '{"b ",NULL}', names: '{n}', label: 'l ', ids: 'bigint', types: 'text[]' },
    { id: '2', code: null, codes: null, names: null, label: null, ids: 'bigint', types: 'text[]' },
  ]);
});
