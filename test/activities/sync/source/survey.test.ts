import { extractFailure } from '../../../support/extract-failure.ts';
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
    create table partly (id int not null); create unique index on partly (id) where id > 0;
    create table nullable (id int unique);
    create view a_view as select * from pages;
    create materialized view a_copy as select * from pages`);
  const tables = ['no_key', 'partly', 'nullable', 'a_view', 'a_copy', 'gone'];
  const failure = await extractFailure(star, { tables });
  expect(failure).toMatchObject({ type: 'CannotRead', nonRetryable: true });
  for (const table of ['no_key', 'partly', 'nullable'])
    expect(failure.message).toContain(`source "project_a", table "${table}": it has no primary key`);
  expect(failure.message).toMatch(/table "a_view": it is a view/);
  expect(failure.message).toMatch(/table "a_copy": it is a materialized view/);
  expect(failure.message).toMatch(/table "gone": it does not exist at the source/);
  expect(failure.details![0]).toMatchObject({
    source: 'project_a',
    causes: tables.map((table) => ({ table })),
  });
});
