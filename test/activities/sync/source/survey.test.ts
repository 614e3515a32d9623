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
    create table no_columns ();
    create sequence a_sequence;
    create materialized view unpopulated as select * from pages with no data`);
  const tables = ['no_columns', 'a_sequence', 'unpopulated', 'gone'];
  const failure = await extractFailure(star, { tables });
  expect(failure).toMatchObject({ type: 'CannotRead', nonRetryable: true });
  expect(failure.message).toMatch(/table "no_columns": it has no columns/);
  expect(failure.message).toMatch(/table "a_sequence": it is not a table or a view/);
  expect(failure.message).toMatch(
    /table "unpopulated": it is a materialized view that has not been populated/,
  );
  expect(failure.message).toMatch(/table "gone": it does not exist at the source/);
  expect(failure.details![0]).toMatchObject({
    source: 'project_a',
    causes: tables.map((table) => ({ table })),
  });
});
