import type { Client } from 'pg';
import { migrate } from '../../../../../activities/sync/warehouse/migrate/migrate.ts';
import {
  definitionFiles,
  numberedMigrations,
  pendingMigrations,
  sessionMigrations,
  viewsOf,
} from '../../../../../activities/sync/warehouse/migrate/pending-migrations.ts';
import { dropSessionAnalytics } from '../../../../../activities/sync/warehouse/session-analytics.ts';
import { flatWarehouse } from '../../../../support/flat-warehouse.ts';
import { equal, openHost } from '../../../../support/host.ts';
import { freshDatabase, freshWarehouse } from '../../../../support/postgres.ts';
import type { FreshDatabase } from '../../../../support/postgres.ts';
import { dumpSchema } from '../../../../support/schema-dump.ts';
import { asIfChanged, migrationRefusal, printedStatements } from '../../../../support/refused-migration.ts';
import { openStar, openText } from '../../../../support/star.ts';
import { runActivity, syncOnce } from '../../../../support/sync-once.ts';
import { visit } from '../../../../support/visit.ts';

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

test('the definitions create the views of the schema analytics, and a migrated warehouse has nothing pending', async () => {
  const views = await rows<{ view: string }>(
    `select schemaname || '.' || viewname as view from pg_views where schemaname = 'analytics' order by 1`,
  );
  expect(definitionFiles().flatMap(viewsOf).sort()).toEqual(views.map(({ view }) => view));
  expect(await pendingMigrations(warehouse)).toEqual([]);
});

test('of two simultaneous migrations of an empty warehouse, one applies everything and the other nothing', async () => {
  const empty = await freshDatabase('warehouse');
  const clients = [await openText(empty.url), await openText(empty.url)];
  const applied = await Promise.all(
    clients.map(async (client) => (await migrate(client, 'sessions')).applied.length),
  );
  const all = [...numberedMigrations(), ...sessionMigrations(), ...definitionFiles()];
  expect(applied.sort((a, b) => a - b)).toEqual([0, all.length]);
  await Promise.all(clients.map((client) => client.end()));
  await empty.drop();
});

describe('the session analytics', () => {
  test('are not made unless the config asks for them; then an own table of such a name lands like any other', async () => {
    const host = await openHost({
      ddl: `create table events (at timestamptz primary key, payload jsonb);
            create table pages (url text primary key); create table transactions (id uuid primary key, success text);
            insert into events values (now(), '{"a": 1}'); insert into pages values ('/');
            insert into transactions values (gen_random_uuid(), 'perhaps')`,
      tables: { events: {}, pages: {}, transactions: {} },
    });
    const own = host.warehouse;
    expect(await rows(`select from pg_namespace where nspname = 'analytics'`, own)).toEqual([]);
    const landed = await host.land();
    expect([landed.analyticsCurrent, landed.heldBack]).toEqual([true, undefined]);
    for (const table of ['events', 'pages', 'transactions'])
      expect(await host.difference(table)).toEqual(equal);
    expect(await runActivity(host.activities.refreshViews, { source: 'shop' })).toEqual({ sessions: 0 });
    expect(await pendingMigrations(own)).toEqual([]);

    const error = await migrate(own, 'sessions').then(String, (thrown: unknown) => (thrown as Error).message);
    await expect(pendingMigrations(own, 'sessions')).rejects.toThrow(error);
    expect(error).toMatch(
      /^The session analytics need tables of their own in clean, .*: events, pages, transactions\./,
    );
    host.tables = { events: { as: 'app_events' } };
    for (const statement of printedStatements(error)) await own.query(statement);
    expect((await migrate(own, 'sessions')).applied).toEqual([...sessionMigrations(), ...definitionFiles()]);
    expect(await dumpSchema(own)).toBe(await dumpSchema(warehouse));
    await host.land();
    expect(await rows('select payload from clean.app_events', own)).toEqual([{ payload: '{"a": 1}' }]);
    await host.close();
  });

  test('of a warehouse from before 0.3 stay and are kept up to date; the printed statement drops them', async () => {
    const old = await flatWarehouse();
    const star = await openStar({ warehouse: old });
    await visit(star.host, 1);
    await syncOnce(star.activities, 'project_a');
    const refreshed = await runActivity(star.activities.refreshViews, { source: 'project_a' });
    expect(refreshed).toEqual({ sessions: 1 });
    expect(await migrate(star.warehouse)).toMatchObject({ applied: [], unaskedAnalytics: true });

    await star.warehouse.query(dropSessionAnalytics);
    expect(await migrate(star.warehouse)).toEqual({
      ...{ applied: [], restored: [], version: numberedMigrations().length },
    });
    await visit(star.host, 2);
    await syncOnce(star.activities, 'project_a');
    expect(await rows('select from clean.user_sessions', star.warehouse)).toHaveLength(2);
    await expect(migrate(star.warehouse, 'sessions')).rejects.toThrow(/drop table clean\.pages, raw\.pages;/);
    await star.close();
  });
});

describe('a schema that was changed', () => {
  test('by a newer version is rejected, and the message names the migration', async () => {
    await warehouse.query(`insert into ops.migration (name, sha256) values ('warehouse/9999-later.sql', '')`);
    expect((await migrationRefusal(warehouse)).message).toBe(
      "The warehouse's schema is newer than this version of Tidehouse (it has 9999-later.sql): run the version that migrated it.",
    );
  });

  test('by a migration that was edited later is rejected', async () => {
    await warehouse.query(
      `update ops.migration set sha256 = '' where name = 'warehouse/0002-session-star.sql'`,
    );
    expect((await migrationRefusal(warehouse)).message).toMatch(
      /^The migration sql\/warehouse\/0002-session-star\.sql was edited/,
    );
  });

  test('by a version before 0.3, which did not record views, has nothing pending', async () => {
    await warehouse.query('alter table ops.migration drop column views');
    expect(await pendingMigrations(warehouse)).toEqual([]);
    await asIfChanged(warehouse, viewsFile);
    expect(await migrate(warehouse)).toMatchObject({ applied: [viewsFile] });
  });
});
