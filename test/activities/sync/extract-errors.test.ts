import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createActivities } from '../../../activities/index.ts';
import { testConfig } from '../../support/config.ts';
import { failureOf } from '../../support/failure-of.ts';
import { openStar } from '../../support/star.ts';
import type { Star } from '../../support/star.ts';
import { newBatch, syncOnce } from '../../support/sync-once.ts';
import { visit } from '../../support/visit.ts';

let star: Star;

beforeEach(async () => {
  star = await openStar({ tables: { events: {}, pages: {} } });
  await visit(star.host, 1);
});
afterEach(() => star.close());

/** What an extract with other tables, another URL or another staging folder fails of. */
function failureWith(
  given: { tables?: string[]; url?: string; staging?: string } = {},
): ReturnType<typeof failureOf> {
  const config = testConfig({
    sources: { project_a: given.url ?? star.hosts['project_a']! },
    warehouse: star.warehouseUrl,
    staging: given.staging ?? star.staging,
    tables: Object.fromEntries((given.tables ?? ['events', 'pages']).map((table) => [table, {}])),
  });
  const { extract } = createActivities({ config });
  return failureOf(extract, { source: 'project_a', batchId: newBatch(), keysOf: [] });
}

const landed = async () => {
  const { rows } = await star.warehouse.query<{ rows: string }>(
    'select (select count(*) from clean.events) + (select count(*) from clean.pages) as rows',
  );
  return Number(rows[0]!.rows);
};

async function urlOfReader(): Promise<{ url: string; name: string; drop(): Promise<unknown> }> {
  const name = `reader_${newBatch().replaceAll('-', '_')}`;
  await star.host.query(
    `create role ${name} login password 'secret-of-the-reader'; grant select on events to ${name}`,
  );
  const url = new URL(star.hosts['project_a']!);
  url.username = name;
  url.password = 'secret-of-the-reader';
  return { url: url.href, name, drop: () => star.host.query(`drop owned by ${name}; drop role ${name}`) };
}

test('every table that cannot be read is named at once, each with what to do', async () => {
  await star.host.query(`
    create table no_key (id int);
    create table deferred (id int not null unique deferrable);
    create table partly (id int not null); create unique index on partly (id) where id > 0;
    create table nullable (id int unique);
    create table mother (id int primary key); create table child () inherits (mother);
    create table taken (id int primary key, batch text);
    create view looked as select * from pages;
    create materialized view kept as select * from pages`);
  const tables = ['no_key', 'deferred', 'partly', 'nullable', 'mother', 'taken', 'looked', 'kept', 'gone'];
  const failure = await failureWith({ tables });
  expect(failure).toMatchObject({ type: 'CannotRead', nonRetryable: true });
  expect(failure.message).toMatch(/^source "project_a": /);
  for (const table of ['no_key', 'deferred', 'partly', 'nullable'])
    expect(failure.message).toContain(
      `table "${table}" has no enforced key; run there: alter table "public"."${table}" add primary key`,
    );
  expect(failure.message).toMatch(/table "mother" has tables that inherit from it/);
  expect(failure.message).toMatch(/table "taken" has a column "batch"/);
  expect(failure.message).toMatch(/table "looked" is not a table but a view/);
  expect(failure.message).toMatch(/table "kept" is not a table but a materialized view/);
  expect(failure.message).toMatch(/table "gone" does not exist in schema public/);
});

test('a missing privilege is named with the grant, and after it the next run lands', async () => {
  const reader = await urlOfReader();
  try {
    const failure = await failureWith({ url: reader.url });
    expect(failure).toMatchObject({ nonRetryable: true });
    expect(failure.message).toContain('table "pages" may not be read; run: grant select on "public"."pages"');
    expect(failure.message).not.toContain('table "events"');
    await star.host.query(`grant select on pages to ${reader.name}`);
    await expect(failureWith({ url: reader.url })).rejects.toThrow('did not fail');
  } finally {
    await reader.drop();
  }
});

test('a wrong password, role, database or port is told without the password', async () => {
  const reader = await urlOfReader();
  try {
    const wrong = (change: (url: URL) => void) => {
      const url = new URL(reader.url);
      change(url);
      return failureWith({ url: url.href });
    };
    const failures = {
      password: await wrong((url) => (url.password = 'not-the-secret')),
      role: await wrong((url) => (url.username = 'nobody_here')),
      database: await wrong((url) => (url.pathname = '/not_there')),
      port: await wrong((url) => (url.port = '1')),
      form: await failureWith({ url: 'postgres://reader:not-the-secret@[host' }),
    };
    expect(failures.password.message).toMatch(
      /^source "project_a": .*its role or password is refused; correct the URL/,
    );
    expect(failures.role.message).toMatch(/its role or password is refused/);
    expect(failures.database.message).toMatch(/the database in its URL does not exist/);
    expect(failures.port.message).toMatch(/ECONNREFUSED.*see whether it is up/);
    expect(failures.form.message).toMatch(/its URL cannot be read/);
    expect(failures.port.nonRetryable).toBe(false);
    for (const { message, stack } of Object.values(failures)) {
      expect(`${message} ${stack}`).not.toContain('not-the-secret');
      expect(`${message} ${stack}`).not.toContain('secret-of-the-reader');
    }
  } finally {
    await reader.drop();
  }
});

test('a full staging disk is named, nothing is landed, and with room the next run lands all', async () => {
  const folder = await mkdtemp(join(star.staging, 'small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    console.warn('Not shown here: a full disk, because this user may mount nothing.');
    return;
  }
  try {
    await star.host.query(
      `insert into events (user_id, id, event_name, page_id, created_at) select 2, i, 'open', 1, now() from generate_series(1, 20000) i`,
    );
    const failure = await failureWith({ staging: folder });
    expect(failure.message).toContain(`source "project_a": the staging folder ${folder}`);
    expect(failure.message).toMatch(/ENOSPC\); make room there.*Nothing was landed/);
    expect(failure.nonRetryable).toBe(false);
  } finally {
    execFileSync('umount', [folder]);
  }
  expect(await landed()).toBe(0);
  await syncOnce(star.activities, 'project_a');
  expect(await landed()).toBe(20_002);
});

test('a staging folder that may not be written is named', async () => {
  const folder = await mkdtemp(join(star.staging, 'locked-'));
  // No mode keeps root out; a file system that is read only does.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', folder]);
  else await chmod(folder, 0o500);
  try {
    const { message } = await failureWith({ staging: folder });
    expect(message).toContain(`source "project_a": the staging folder ${folder}`);
    expect(message).toMatch(
      /cannot be written \((EROFS|ENOENT|EACCES)\); (mount it writable|see that what it lies in|let this user write there)/,
    );
  } finally {
    if (isRoot) execFileSync('umount', [folder]);
    else await chmod(folder, 0o700);
  }
});
