import { dropSessionAnalytics } from '../../../activities/sync/warehouse/session-analytics.ts';
import { numberedMigrations } from '../../../activities/sync/warehouse/migrate/pending-migrations.ts';
import { freshDatabase } from '../../support/postgres.ts';
import type { FreshDatabase } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { unreachableSources } from '../../support/unreachable-sources.ts';
import type { UnreachableSources } from '../../support/unreachable-sources.ts';

const migrations = numberedMigrations().length;

let warehouse: FreshDatabase;
let sources: UnreachableSources;

beforeAll(async () => {
  warehouse = await freshDatabase('warehouse');
  sources = await unreachableSources(warehouse.url, 'analytics: sessions\n');
});

afterAll(() => warehouse.drop());

const run = (...args: string[]) => sources.run(...args);

test('before the first migrate, status advises to run it', async () => {
  const { code, stderr } = await run('status');
  // Temporal is out of reach as well, which is the more serious.
  expect(code).toBe(3);
  expect(stderr).toContain('tidehouse migrate');
});

test('migrate prints what it applied, and nothing the second time', async () => {
  const first = await run('migrate');
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/^applied warehouse\/0001-schemas\.sql\n/);
  const { code, stdout } = await run('migrate', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ applied: [] });
});

test('migrate recreates a dropped view and reports it', async () => {
  await query(warehouse.url, 'drop view analytics.session_analytics');
  expect(await run('migrate')).toEqual({
    code: 0,
    stdout: `applied analytics/3-session-views.sql
The view analytics.session_analytics was missing and has been recreated.
The warehouse is at version ${migrations}.
`,
    stderr: '',
  });
});

test('migrate keeps the session analytics that the config does not ask for, and says how to drop them', async () => {
  const { stdout } = await (await unreachableSources(warehouse.url)).run('migrate');
  expect(stdout).toMatch(
    /although the config does not ask for them\. .*add to the config: analytics: sessions\n/,
  );
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(dropSessionAnalytics);
});

test('a refused migration exits with 1 and the reason', async () => {
  await query(
    warehouse.url,
    `insert into ops.migration (name, sha256) values ('warehouse/9999-later.sql', '')`,
  );
  const { code, stderr } = await run('migrate');
  await query(warehouse.url, `delete from ops.migration where name = 'warehouse/9999-later.sql'`);
  expect([code, stderr]).toEqual([
    1,
    "The warehouse's schema is newer than this version of Tidehouse (it has 9999-later.sql): run the version that migrated it.\n",
  ]);
});
