import type { Client } from 'pg';
import { onlyLookups, refreshStatements } from '../../../activities/sync/warehouse/refresh-statements.ts';
import { busyApplication } from '../../support/busy-application.ts';
import { eventually } from '../../support/eventually.ts';
import { wrongSessions } from '../../support/reference-analytics.ts';
import { openLeaves } from '../../support/leaves.ts';
import { openStar, openText } from '../../support/star.ts';
import type { Star } from '../../support/star.ts';
import { runActivity, syncOnce } from '../../support/sync-once.ts';

const seconds = Number(process.env['TIDEHOUSE_ANALYTICS_SECONDS'] ?? 8);

let star: Star;
let second: Client;

beforeEach(async () => {
  star = await openStar({ hosts: ['project_a', 'project_b'] });
  second = await openText(star.warehouseUrl);
  await openLeaves(star.warehouse, ['project_a', 'project_b']);
});
afterEach(async () => {
  await second.end();
  await star.close();
});

const refresh = (source = 'project_a') => runActivity(star.activities.refreshViews, { source });

/** Writes to clean directly: the triggers record changes whoever makes them. */
const clean = {
  session: (client: Client, id: number, from: string, to: string, project = 'project_a') =>
    client.query(
      `insert into clean.user_sessions (project, user_id, id, page_name, created_at, last_activity_at, batch)
       values ($1, 1, $2, 'page', $3, $4, 'b')`,
      [project, id, from, to],
    ),
  event: (client: Client, id: number, at: string) =>
    client.query(
      `insert into clean.events (project, user_id, id, event_name, created_at, batch) values ('project_a', 1, $1, 'open', $2, 'b')`,
      [id, at],
    ),
  pay: (client: Client, id: number, at: string, amount: string, currency: string, project = 'project_a') =>
    client.query(
      `insert into clean.transactions (project, user_id, id, created_at, amount, currency, success, batch)
       values ($1, 1, $2, $3, $4, $5, true, 'b')`,
      [project, id, at, amount, currency],
    ),
  rate: (client: Client, day: string, rate: string, from = 'EUR', to = 'USD') =>
    client.query(
      `insert into clean.exchange_rates (project, currency_from, currency_to, exchange_rate, currency_date, batch)
       values ('project_a', $1, $2, $3, $4, 'b')`,
      [from, to, rate, day],
    ),
};

const sessionOf = async (id: number, project = 'project_a') => {
  const { rows } = await star.warehouse.query<Record<string, string | null>>(
    'select * from session_analytics where project = $1 and id = $2',
    [project, id],
  );
  return rows[0];
};

test(
  'after any history the analytics views equal a computation from scratch',
  async () => {
    await star.host.query(
      `insert into pages (id, name, created_at) select i, 'page ' || i, now() from generate_series(1, 20) i`,
    );
    const applications = Object.values(star.hosts).map((url, seed) =>
      busyApplication(url, { writers: 5, seed }),
    );
    const torn: string[] = [];
    let looks = 0;
    const busy = new AbortController();
    const analyst = (async () => {
      while (!busy.signal.aborted) {
        const { rows } = await second.query<{ alone: string; pages: string; twice: string }>(
          `select (select count(*) from clean.user_sessions s where not exists (
                     select from clean.events e where e.project = s.project and e.user_id = s.user_id and e.id = s.id)) as alone,
                  (select count(distinct name) from clean.pages where project = 'project_a') as pages,
                  (select count(*) from clean.pages where project = 'project_a') as twice`,
        );
        const { alone, pages, twice } = rows[0]!;
        looks++;
        if (alone !== '0' || !['0/0', '20/20'].includes(`${pages}/${twice}`))
          torn.push(JSON.stringify(rows[0]));
      }
    })();
    const endAt = Date.now() + seconds * 1000;
    try {
      for (let n = 0; Date.now() < endAt; n++) {
        await star.host.query(
          `insert into exchange_rates values ('EUR', 'USD', 1 + random()::numeric, current_date - $1::int)
           on conflict (currency_from, currency_to, currency_date) do update set exchange_rate = excluded.exchange_rate`,
          [n % 9],
        );
        if (n % 5 === 4)
          await star.host.query(`delete from exchange_rates where currency_date = current_date - $1::int`, [
            n % 9,
          ]);
        await Promise.all(
          Object.keys(star.hosts).map(async (source) => {
            await syncOnce(star.activities, source);
            await refresh(source);
          }),
        );
      }
    } finally {
      for (const application of applications) await application.stop();
      busy.abort();
      await analyst;
    }
    await star.host.query(
      `begin;
       insert into user_sessions (user_id, id, last_activity_at, created_at, updated_at) values (99, 1, now(), now(), now());
       insert into transactions (user_id, id, created_at, amount, currency, success) values (99, 1, now(), 5, 'PLN', true);
       commit`,
    );
    for (const source of Object.keys(star.hosts)) {
      await syncOnce(star.activities, source);
      await refresh(source);
    }
    expect(await wrongSessions(star.warehouse)).toEqual([]);
    expect(torn).toEqual([]);
    expect(looks).toBeGreaterThan(10);
    const { rows } = await star.warehouse.query<Record<string, string>>(
      `select count(*) filter (where sum_in_usd > 0) as paid, count(*) filter (where unpriced_transactions > 0) as unpriced from session_analytics`,
    );
    expect(Number(rows[0]!['paid'])).toBeGreaterThan(0);
    expect(Number(rows[0]!['unpriced'])).toBeGreaterThan(0);
  },
  (seconds + 60) * 1000,
);

test('a change that lands during a refresh is not lost', async () => {
  await clean.session(star.warehouse, 1, '2026-01-01 10:00', '2026-01-01 11:00');
  await clean.event(star.warehouse, 1, '2026-01-01 10:10');
  await refresh();
  await clean.event(star.warehouse, 2, '2026-01-01 10:20');

  await second.query('begin; lock table analytics.session_metrics in share mode');
  const stalled = refresh();
  await eventually('the refresh waits', async () => (await waiting(star.warehouse, 'session_metrics')) > 0);
  await clean.event(star.warehouse, 3, '2026-01-01 10:30');
  await second.query('commit');
  await stalled;

  await refresh();
  expect((await sessionOf(1))?.['amount_of_events_in_session']).toBe('3');
});

test('of two refreshes of a source at once the slow one does not overwrite the other', async () => {
  await clean.session(star.warehouse, 1, '2026-01-01 10:00', '2026-01-01 11:00');
  await refresh();
  await clean.event(star.warehouse, 1, '2026-01-01 10:10');

  await second.query('begin; lock table analytics.session_metrics in share mode');
  const slow = refresh('project_a');
  await eventually(
    'the first refresh waits',
    async () => (await waiting(star.warehouse, 'session_metrics')) > 0,
  );
  await clean.event(star.warehouse, 2, '2026-01-01 10:20');
  const other = refresh('project_a');
  await eventually(
    'the second refresh waits for the first',
    async () => (await waiting(star.warehouse, null)) > 0,
  );
  await second.query('commit');
  await Promise.all([slow, other]);

  expect((await sessionOf(1))?.['amount_of_events_in_session']).toBe('2');
});

test('a rate and a transaction of another source whose commits overlap are both seen', async () => {
  await clean.session(star.warehouse, 1, '2026-01-01 10:00', '2026-01-01 11:00', 'project_b');
  await second.query('begin');
  await clean.rate(second, '2026-01-01', '2');
  await clean.pay(star.warehouse, 1, '2026-01-01 10:30', '10', 'EUR', 'project_b');
  await refresh('project_b');
  expect((await sessionOf(1, 'project_b'))?.['unpriced_transactions']).toBe('1');
  await second.query('commit');
  await refresh('project_a');
  expect((await sessionOf(1, 'project_b'))?.['sum_in_usd']).toBe('20');
});

test('refreshes of different sources run side by side', async () => {
  await clean.session(star.warehouse, 1, '2026-01-01 10:00', '2026-01-01 11:00');
  await clean.session(star.warehouse, 1, '2026-01-01 10:00', '2026-01-01 11:00', 'project_b');
  await second.query(
    `begin; select pg_advisory_xact_lock(hashtext('tidehouse.refresh'), hashtext('project_a'))`,
  );
  const stalled = refresh('project_a');
  await eventually('it waits', async () => (await waiting(star.warehouse, null)) > 0);
  expect(await refresh('project_b')).toEqual({ sessions: 1 });
  expect(await sessionOf(1)).toBeUndefined();
  await second.query('commit');
  expect(await stalled).toEqual({ sessions: 1 });
});

test('a note about the whole project recomputes each of its sessions, and takes its other notes along', async () => {
  await clean.session(star.warehouse, 1, '2026-01-01 10:00', '2026-01-01 11:00');
  await clean.session(star.warehouse, 2, '2026-01-01 10:00', '2026-01-01 11:00');
  await clean.session(star.warehouse, 1, '2026-01-01 10:00', '2026-01-01 11:00', 'project_b');
  await refresh();
  await star.warehouse.query(`
    update analytics.session_metrics set events = 99;
    insert into analytics.session_metrics (project, user_id, id, events, transactions, successful_transactions, unpriced_transactions, sum_in_usd)
    values ('project_a', 7, 7, 0, 0, 0, 0, 0);
    insert into analytics.changed_session (project) values ('project_a')`);
  await clean.event(star.warehouse, 1, '2026-01-01 10:30');
  expect(await refresh()).toEqual({ sessions: 3 });
  const { rows } = await star.warehouse.query<{ project: string; id: string; events: string }>(
    'select project, id, events from analytics.session_metrics order by 1, 2',
  );
  expect(rows).toEqual([
    { project: 'project_a', id: '1', events: '1' },
    { project: 'project_a', id: '2', events: '1' },
    { project: 'project_b', id: '1', events: '99' },
  ]);
  expect(await refresh()).toEqual({ sessions: 0 });
});

test('taking notes looks up sessions by index, also when the notes were analyzed while there were none', async () => {
  await star.warehouse.query(`
    insert into clean.user_sessions (project, user_id, id, created_at, last_activity_at, batch)
    select 'project_a', i % 500, i, timestamp '2026-01-01' + i * interval '1 minute', timestamp '2026-01-01' + i * interval '1 minute', 'b'
    from generate_series(1, 5000) i;
    truncate analytics.changed_session;
    analyze;
    set enable_seqscan = off`);
  await star.warehouse.query('begin');
  const { takeNotes } = await refreshStatements(star.warehouse, 'project_a');
  await star.warehouse.query('commit');
  const plan = async () => {
    const { rows } = await star.warehouse.query<{ 'QUERY PLAN': string }>(
      `explain ${takeNotes.replaceAll('$1', `'project_a'`).replaceAll('$2', '20000')}`,
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };
  const empty = await plan();
  await star.warehouse.query(
    `insert into analytics.changed_session (project, user_ids, since, until)
     select 'project_a', array[i], '{2026-01-01}', '{2026-01-02}' from generate_series(1, 20000) i`,
  );
  const full = await plan();
  await star.warehouse.query('reset enable_seqscan');
  for (const each of [empty, full]) {
    expect(each).toMatch(/Index Scan (using|on) "clean\.user_sessions@project_a_user_id/);
    expect(each).not.toMatch(/Seq Scan on "?clean\.user_sessions/);
    expect(each).toMatch(/Tid Scan on changed_session/);
  }
});

test('a session is looked up by its key, also where updates have made the index of the key larger', async () => {
  await star.warehouse.query(`
    insert into clean.user_sessions (project, user_id, id, created_at, last_activity_at, batch)
    select 'project_a', i % 500, i, timestamp '2026-01-01' + i * interval '1 minute', timestamp '2026-01-01' + i * interval '1 minute', 'b'
    from generate_series(1, 5000) i;
    alter index part."clean.user_sessions@project_a_id_user_id_idx" set (fillfactor = 10);
    reindex index part."clean.user_sessions@project_a_id_user_id_idx";
    analyze`);
  await star.warehouse.query(`begin; ${onlyLookups}`);
  const { recomputeSessions } = await refreshStatements(star.warehouse, 'project_a');
  const ids = Array.from({ length: 300 }, (_, at) => at + 1);
  const { rows } = await star.warehouse.query<{ 'QUERY PLAN': string }>(
    `explain ${recomputeSessions.replaceAll('$1', `'project_a'`).replace(/\$[23]/g, `'{${ids.join()}}'`)}`,
  );
  await star.warehouse.query('rollback');
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(
    'Index Scan using "clean.user_sessions@project_a_id_user_id_idx"',
  );
});

test('the changes of one statement are noted many to a row', async () => {
  await star.warehouse.query(`
    insert into clean.user_sessions (project, user_id, id, created_at, last_activity_at, batch)
    select p, i % 500, i, day, day + interval '1 hour', 'b'
    from unnest(array['project_a', 'project_b']) p, generate_series(1, 1000) i,
         lateral (select timestamp '2026-01-01' + i / 500 * interval '1 day' as day) d`);
  await refresh();
  const addEvents = (users: number, id: number) =>
    star.warehouse.query(`
      insert into clean.events (project, user_id, id, created_at, batch)
      select p, i % ${users}, ${id} + i, timestamp '2026-01-01' + i / ${users} * interval '1 day', 'b'
      from unnest(array['project_a', 'project_b']) p, generate_series(0, ${2 * users - 1}) i`);
  const notes = async () => {
    const { rows } = await star.warehouse.query<Record<'project' | 'changes' | 'few', string>>(
      `select project, sum(cardinality(user_ids)) as changes, count(*) <= 32 and max(cardinality(user_ids)) <= 64 as few
       from analytics.changed_session group by 1 order by 1`,
    );
    return rows;
  };
  await addEvents(500, 0);
  expect(await notes()).toEqual([
    { project: 'project_a', changes: '1000', few: 't' },
    { project: 'project_b', changes: '1000', few: 't' },
  ]);
  expect(await refresh()).toEqual({ sessions: 2 * 999 });
  await addEvents(3, 10_000);
  expect(await refresh()).toEqual({ sessions: 2 * 5 });
  expect(await notes()).toEqual([]);
  expect(await wrongSessions(star.warehouse)).toEqual([]);
});

test('a refresh takes its own source first, and what others left behind as well', async () => {
  await clean.session(star.warehouse, 1, '2026-01-01 10:00', '2026-01-01 11:00', 'project_b');
  await clean.session(star.warehouse, 2, '2026-01-01 10:00', '2026-01-01 11:00');
  await expect(refresh('project_a')).resolves.toEqual({ sessions: 2 });
});

test('a rate is valid on its day and for seven more days, and USD does not need one', async () => {
  await clean.session(star.warehouse, 1, '2026-01-01', '2026-01-31');
  await clean.rate(star.warehouse, '2026-01-02', '2');
  await clean.rate(star.warehouse, '2026-01-02', '99', 'USD', 'EUR');
  await clean.pay(star.warehouse, 1, '2026-01-01 23:59:59', '1', 'EUR');
  await clean.pay(star.warehouse, 2, '2026-01-02 00:00', '10', 'EUR');
  await clean.pay(star.warehouse, 3, '2026-01-09 23:59:59', '100', 'EUR');
  await clean.pay(star.warehouse, 4, '2026-01-10 00:00', '1000', 'EUR');
  await clean.pay(star.warehouse, 5, '2026-01-20', '10000', 'USD');
  await refresh();
  expect(await sessionOf(1)).toMatchObject({
    sum_in_usd: '10220',
    successful_transactions: '5',
    unpriced_transactions: '2',
  });

  // A late rate, closer to some transactions, is added, then corrected, then deleted.
  await clean.rate(star.warehouse, '2026-01-08', '3');
  await refresh();
  expect(await sessionOf(1)).toMatchObject({ sum_in_usd: '13320', unpriced_transactions: '1' });
  await star.warehouse.query(
    `update clean.exchange_rates set exchange_rate = 4 where currency_date = '2026-01-08'`,
  );
  await refresh();
  expect(await sessionOf(1)).toMatchObject({ sum_in_usd: '14420' });
  await star.warehouse.query(`delete from clean.exchange_rates where currency_date = '2026-01-08'`);
  await refresh();
  expect(await sessionOf(1)).toMatchObject({ sum_in_usd: '10220', unpriced_transactions: '2' });
  expect(await wrongSessions(star.warehouse)).toEqual([]);
});

test('a window includes both ends, a moved one is recounted, and the lower id breaks a tie', async () => {
  await clean.session(star.warehouse, 1, '2026-01-01 10:00', '2026-01-01 11:00');
  await clean.session(star.warehouse, 2, '2026-01-01 10:30', '2026-01-01 12:00');
  await clean.session(star.warehouse, 3, '2026-02-01 10:00', '2026-02-01 10:00');
  for (const [at, time] of ['09:59:59.999999', '10:00', '11:00', '11:00:00.000001'].entries())
    await clean.event(star.warehouse, at, `2026-01-01 ${time}`);
  await clean.pay(star.warehouse, 9, '2026-01-01 10:45', '5', 'USD');
  await clean.pay(star.warehouse, 8, '2026-01-01 10:45', '7', 'USD');
  await refresh();
  expect(await sessionOf(1)).toMatchObject({ amount_of_events_in_session: '2', sum_in_usd: '12' });
  expect(await sessionOf(2)).toMatchObject({ amount_of_events_in_session: '2', sum_in_usd: '12' });
  expect(await sessionOf(3)).toMatchObject({
    amount_of_events_in_session: '0',
    sum_in_usd: '0',
    first_successful_transaction: null,
  });
  const { rows } = await star.warehouse.query<{ id: string }>(
    'select distinct id from first_successful_transaction',
  );
  expect(rows).toEqual([{ id: '8' }]);

  await star.warehouse.query(
    `update clean.user_sessions set last_activity_at = '2026-01-01 10:20' where id = 1`,
  );
  await star.warehouse.query(`delete from clean.user_sessions where id = 3`);
  await refresh();
  expect(await sessionOf(1)).toMatchObject({ amount_of_events_in_session: '1', sum_in_usd: '0' });
  expect(await sessionOf(3)).toBeUndefined();
  expect(await wrongSessions(star.warehouse)).toEqual([]);
});

/** The number of sessions waiting for a lock on a relation, or for an advisory lock. */
async function waiting(client: Client, relation: string | null): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from pg_locks
     where not granted and database = (select oid from pg_database where datname = current_database())
       and case when $1::text is null then locktype = 'advisory' else relation = to_regclass('analytics.' || $1) end`,
    [relation],
  );
  return Number(rows[0]!.count);
}
