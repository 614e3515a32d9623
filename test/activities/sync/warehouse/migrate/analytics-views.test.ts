import type { Client } from 'pg';
import { openLeaves } from '../../../../support/leaves.ts';
import { changeBelowViews } from '../../../../../activities/sync/warehouse/migrate/analytics-views.ts';
import { migrate } from '../../../../../activities/sync/warehouse/migrate/migrate.ts';
import { pendingMigrations } from '../../../../../activities/sync/warehouse/migrate/pending-migrations.ts';
import { eventually } from '../../../../support/eventually.ts';
import { freshWarehouse } from '../../../../support/postgres.ts';
import type { FreshDatabase } from '../../../../support/postgres.ts';
import {
  asIfChanged,
  briefPatience,
  migrationRefusal,
  printedStatements,
} from '../../../../support/refused-migration.ts';
import { openStar, openText } from '../../../../support/star.ts';
import { runActivity, syncOnce } from '../../../../support/sync-once.ts';
import { visit } from '../../../../support/visit.ts';

const metricsFile = 'analytics/2-session-metrics-definition.sql';
const viewsFile = 'analytics/3-session-views.sql';

let database: FreshDatabase;
let warehouse: Client;

beforeEach(async () => {
  database = await freshWarehouse();
  warehouse = await openText(database.url);
});
afterEach(async () => {
  await warehouse.end();
  await database.drop();
});

async function rows<Row>(sql: string, client = warehouse): Promise<Row[]> {
  return (await client.query(sql)).rows as Row[];
}

async function analyticsColumns(): Promise<string[]> {
  const columns = await rows<{ column: string }>(
    `select table_name || '.' || column_name || ' ' || data_type as column
     from information_schema.columns where table_schema = 'analytics' order by table_name, ordinal_position`,
  );
  return columns.map(({ column }) => column);
}

const noted = () => rows<{ project: string }>('select project from analytics.changed_session order by 1');

const addSession = async () => {
  await openLeaves(warehouse, ['project_a']);
  await warehouse.query(
    `insert into clean.user_sessions (project, user_id, id, batch) values ('project_a', 1, 1, 'b');
     delete from analytics.changed_session`,
  );
};

describe('a definition that has changed', () => {
  test('can drop, reorder, retype and rename columns', async () => {
    const before = await analyticsColumns();
    await warehouse.query(
      `drop view analytics.session_analytics;
       create view analytics.session_analytics as
         select id::text as id, 1 as column_of_old, project as source, sum_in_usd, user_id from analytics.session_metrics`,
    );
    await asIfChanged(warehouse, viewsFile);
    expect(await pendingMigrations(warehouse)).toEqual([{ name: viewsFile, reason: 'changed', missing: [] }]);
    expect(await migrate(warehouse)).toMatchObject({ applied: [viewsFile], restored: [] });
    expect(await analyticsColumns()).toEqual(before);
    expect(await pendingMigrations(warehouse)).toEqual([]);
  });

  test('and is no longer in this version removes its views', async () => {
    await warehouse.query(
      `create view analytics.of_old as select * from analytics.session_analytics;
       insert into ops.migration (name, sha256, views) values ('analytics/4-of-old.sql', '', '{analytics.of_old}')`,
    );
    const before = (await analyticsColumns()).filter((column) => !column.startsWith('of_old.'));
    expect(await migrate(warehouse)).toMatchObject({ applied: ['analytics/4-of-old.sql'] });
    expect(await analyticsColumns()).toEqual(before);
    expect(await migrate(warehouse)).toMatchObject({ applied: [] });
  });

  test('queues all sessions for recomputation if it defines the metrics, otherwise none', async () => {
    await addSession();
    await asIfChanged(warehouse, metricsFile);
    await asIfChanged(warehouse, viewsFile);
    await migrate(warehouse);
    expect(await noted()).toEqual([]);

    await warehouse.query(
      `create or replace view analytics.transactions_in_usd as
         select project, user_id, id, created_at, amount, currency, success,
                1::numeric as exchange_rate, created_at::date as rate_date, amount as amount_in_usd
         from clean.transactions`,
    );
    await asIfChanged(warehouse, 'analytics/1-transactions-in-usd.sql');
    await migrate(warehouse);
    expect(await noted()).toEqual([{ project: 'project_a' }]);
  });

  test('keeps the privileges, comments and owner of the views', async () => {
    const role = `analyst_${database.name}`;
    const settings = () =>
      rows(
        `select c.relname, pg_get_userbyid(relowner) as owner, obj_description(c.oid, 'pg_class') as comment,
                (select array_agg(a::text order by a::text) from unnest(coalesce(c.relacl, acldefault('r', relowner))) a) as privileges,
                (select json_object_agg(attname, coalesce(attacl::text, '') || coalesce(col_description(c.oid, attnum), '') order by attname)
                 from pg_attribute where attrelid = c.oid and (attacl is not null or col_description(c.oid, attnum) is not null)) as columns
         from pg_class c where relnamespace = 'analytics'::regnamespace and relkind = 'v' order by 1`,
      );
    await warehouse.query(
      `create role ${role}; create role ${role}_owner; create role ${role}_later;
       grant usage on schema analytics to ${role};
       grant select on analytics.session_analytics to ${role} with grant option;
       grant select on analytics.transactions_in_usd to public;
       grant select (project, sum_in_usd) on analytics.sum_of_transactions_in_session to ${role};
       comment on view analytics.session_analytics is 'It''s ours.';
       comment on column analytics.session_analytics.project is 'The source.';
       alter view analytics.first_successful_transaction owner to ${role}_owner;
       alter default privileges grant select on tables to ${role}_later`,
    );
    const before = await settings();
    expect(JSON.stringify(before)).toMatch(/It's ours.*=r\*.*The source/);
    await asIfChanged(warehouse, viewsFile);
    await migrate(warehouse);
    expect(await settings()).toEqual(before);
    for (const each of [role, `${role}_owner`, `${role}_later`])
      await warehouse.query(`drop owned by ${each} cascade; drop role ${each}`);
  });
});

describe('manually dropped views', () => {
  test('are recreated, and the next run refreshes them', async () => {
    const star = await openStar();
    await visit(star.host, 1);
    await star.warehouse.query('drop view analytics.transactions_in_usd cascade');
    await syncOnce(star.activities, 'project_a');
    expect(await migrate(star.warehouse)).toMatchObject({
      applied: ['analytics/1-transactions-in-usd.sql', metricsFile],
      restored: ['analytics.transactions_in_usd', 'analytics.session_metrics_definition'],
    });
    await syncOnce(star.activities, 'project_a');
    expect(await runActivity(star.activities.refreshViews, { source: 'project_a' })).toEqual({ sessions: 1 });
    expect(await migrate(star.warehouse)).toMatchObject({ applied: [], restored: [] });
    await star.close();
  });
});

describe('other objects that depend on the views', () => {
  const dependents = `
    create schema "Marketing";
    create view "Marketing"."weekly report" as select project, count(*) as sessions from analytics.session_analytics group by 1;
    create materialized view "Marketing".monthly as select * from "Marketing"."weekly report";
    create function "Marketing".worth(s analytics.session_analytics) returns numeric language sql return s.sum_in_usd`;

  test('are left alone when nothing has changed', async () => {
    await warehouse.query(dependents);
    expect(await migrate(warehouse)).toMatchObject({ applied: [] });
  });

  test('are reported but not dropped when a definition has changed; the printed statements work', async () => {
    await warehouse.query(dependents);
    await asIfChanged(warehouse, viewsFile);
    const { message } = await migrationRefusal(warehouse);
    expect(message.replaceAll(/\(\d+\)/g, '(…)')).toMatchInlineSnapshot(`
     "The analytics views have to be recreated, but other objects depend on them: materialized view "Marketing".monthly, function "Marketing".worth(analytics.session_analytics), view "Marketing"."weekly report". Nothing was changed.
     Save the definition of each, drop them in this order, run "tidehouse migrate", and create them again. Their own privileges, comments and indexes go with them.
     select pg_get_viewdef('"Marketing".monthly'::regclass)
     drop materialized view "Marketing".monthly
     select pg_get_functiondef(…)
     drop function "Marketing".worth(analytics.session_analytics)
     select pg_get_viewdef('"Marketing"."weekly report"'::regclass)
     drop view "Marketing"."weekly report""
    `);
    expect(await rows('select * from "Marketing".monthly')).toEqual([]);

    const saved: string[] = [];
    for (const statement of printedStatements(message)) {
      const result = await warehouse.query(statement);
      if (statement.startsWith('select')) saved.push(Object.values(result.rows[0] as object)[0] as string);
    }
    expect(await migrate(warehouse)).toMatchObject({ applied: [viewsFile] });
    const [monthly, worth, weekly] = saved;
    await warehouse.query(
      `create view "Marketing"."weekly report" as ${weekly!}
       create materialized view "Marketing".monthly as ${monthly!}
       ${worth!}`,
    );
    expect(await rows('select * from "Marketing".monthly')).toEqual([]);
  });

  test('do not block a numbered migration that can keep the views', async () => {
    await warehouse.query(dependents);
    await warehouse.query(
      `drop view ops.freshness; alter table ops.source drop column failing_since;
       delete from ops.migration where name = 'warehouse/0005-failing-since.sql';
       create view ops.freshness as select s.source, p.table_name, s.complete_through,
         clock_timestamp() - s.complete_through as lag, p.rows, p.difference, p.changed_at, s.error, s.error_at
       from ops.source s left join ops.position p using (source)`,
    );
    expect(await migrate(warehouse)).toMatchObject({ applied: ['warehouse/0005-failing-since.sql'] });
  });

  test('are reported when a change to a table needs the views dropped', async () => {
    const change = async () => {
      await warehouse.query('begin');
      await changeBelowViews(warehouse, briefPatience, async () => {
        await warehouse.query('alter table clean.user_sessions alter column page_name type text');
      });
      await warehouse.query('commit');
    };
    await warehouse.query(dependents);
    await expect(change()).rejects.toThrow(/depend on them: .*view "Marketing"\."weekly report"/);
    await warehouse.query('rollback; drop schema "Marketing" cascade');
    const before = (await analyticsColumns()).length;
    await change();
    expect(await analyticsColumns()).toHaveLength(before);
    expect(await pendingMigrations(warehouse)).toEqual([]);
  });
});

describe('a query that uses a view', () => {
  test('is reported if it does not end, and later queries wait no longer than one attempt', async () => {
    await asIfChanged(warehouse, viewsFile);
    const [holder, reader] = [await openText(database.url), await openText(database.url)];
    await holder.query(
      `set application_name = 'a long report'; begin; select from analytics.session_analytics`,
    );
    const refused = new AbortController();
    let longestMs = 0;
    const reading = (async () => {
      while (!refused.signal.aborted) {
        const began = performance.now();
        await reader.query('select from analytics.session_analytics');
        longestMs = Math.max(longestMs, performance.now() - began);
      }
    })();
    const { message } = await migrationRefusal(warehouse);
    refused.abort();
    await reading;
    expect(longestMs).toBeLessThan(1_000);
    expect(message).toMatch(
      /^analytics\.session_analytics is in use by process \d+ \(a long report, in a transaction since [\d:]+ UTC\)\.$/m,
    );
    const ended = new Promise((resolve) => holder.once('error', resolve));
    for (const statement of printedStatements(message)) await warehouse.query(statement);
    await ended;
    expect(await migrate(warehouse, undefined, briefPatience)).toMatchObject({ applied: [viewsFile] });
    await Promise.all([holder.end().catch(() => undefined), reader.end()]);
  });

  test('is waited for', async () => {
    await asIfChanged(warehouse, viewsFile);
    const holder = await openText(database.url);
    await holder.query('begin; select from analytics.session_analytics');
    const migrating = migrate(warehouse, undefined, { ...briefPatience, forMs: 60_000 });
    await eventually('migrate waits', async () => {
      const [lock] = await rows('select 1 from pg_locks where not granted', holder);
      return lock !== undefined;
    });
    await holder.query('commit');
    expect(await migrating).toMatchObject({ applied: [viewsFile] });
    await holder.end();
  });
});
