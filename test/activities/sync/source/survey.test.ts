import { openReader } from '../../../support/reader.ts';
import { extractFailure } from '../../../support/extract-failure.ts';
import { printedSql } from '../../../support/printed-sql.ts';
import { openStar } from '../../../support/star.ts';
import type { Star } from '../../../support/star.ts';
import { visit } from '../../../support/visit.ts';

let star: Star;

beforeEach(async () => {
  star = await openStar({ tables: { events: {}, pages: {} } });
  await visit(star.host, 1);
});
afterEach(() => star.close());

test('all tables that cannot be read are reported at once, each with its remedy', async () => {
  await star.host.query(`
    create table no_key (id int);
    create table deferred (id int not null unique deferrable);
    create table partly (id int not null); create unique index on partly (id) where id > 0;
    create table nullable (id int unique);
    create table mother (id int primary key); create table child () inherits (mother);
    create table taken (id int primary key, batch text);
    create view a_view as select * from pages;
    create materialized view a_copy as select * from pages`);
  const tables = ['no_key', 'deferred', 'partly', 'nullable', 'mother', 'taken', 'a_view', 'a_copy', 'gone'];
  const failure = await extractFailure(star, { tables });
  expect(failure).toMatchObject({ type: 'CannotRead', nonRetryable: true });
  for (const table of ['no_key', 'deferred', 'partly', 'nullable'])
    expect(failure.message).toContain(`source "project_a", table "${table}": it has no primary key`);
  expect(failure.message).toMatch(/table "mother": other tables inherit from it/);
  expect(failure.message).toMatch(/table "taken": it has a column "batch"/);
  expect(failure.message).toMatch(/table "a_view": it is a view/);
  expect(failure.message).toMatch(/table "a_copy": it is a materialized view/);
  expect(failure.message).toMatch(/table "gone": it does not exist in schema public/);
  expect(failure.details![0]).toMatchObject({
    source: 'project_a',
    causes: tables.map((table) => ({ table })),
  });
});

test('a missing privilege is reported with the grant, after which the next run lands', async () => {
  const reader = await openReader(star, ['events']);
  try {
    const failure = await extractFailure(star, { url: reader.url });
    expect(failure).toMatchObject({ nonRetryable: true });
    expect(failure.message).toContain(`table "pages": the role "${reader.name}" is not allowed to read it`);
    expect(failure.message).not.toContain('table "events"');
    await star.host.query(printedSql(failure));
    await expect(extractFailure(star, { url: reader.url })).rejects.toThrow('did not fail');
  } finally {
    await reader.drop();
  }
});

test('a configured key that the source does not enforce is reported with the statement to run', async () => {
  await star.host.query('create table loose (a int not null, b int not null)');
  const failure = await extractFailure(star, { tables: { loose: { key: ['a', 'b'] } } });
  expect(failure.message).toContain('does not enforce the configured key (a, b)');
  await star.host.query(printedSql(failure));
  await expect(extractFailure(star, { tables: { loose: { key: ['a', 'b'] } } })).rejects.toThrow(
    'did not fail',
  );
});
