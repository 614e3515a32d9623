import { survey } from '../../../../activities/sync/source/survey.ts';
import { surveyRequest } from '../../../../activities/sync/source/survey-request.ts';
import type { Tables } from '../../../../model/table-config.ts';
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

test('a table that the session analytics would read wrongly is refused, and one that loses a column later is not', async () => {
  await star.host.query('alter table events drop created_at; alter table transactions drop amount');
  const config = { ...(await star.config.read()), analytics: 'sessions' } as const;
  const heldBack = async (tables: Tables, landed: readonly string[] = []) => {
    const shape = { columns: [], key: [], leaves: [] };
    const position = {
      ...{ batchId: null, snapshot: null, identity: null, heldBack: new Map() },
      tables: new Map(landed.map((table) => [table, { rows: 0, difference: 0, keysDue: 0, shape }])),
    };
    const request = surveyRequest({ ...config, tables }, 'project_a', position, undefined, () =>
      Promise.resolve([]),
    );
    return (await survey(star.host, request)).heldBack;
  };
  expect(
    await heldBack({ events: {}, user_sessions: { deletes: 'mark' }, pages: {}, transactions: {} }, [
      'transactions',
    ]),
  ).toMatchObject([
    {
      table: 'events',
      problem: 'the session analytics read created_at of it, which it lacks or the config leaves out',
      advice: expect.stringContaining('events: { as: another_name }') as string,
    },
    { table: 'user_sessions', problem: expect.stringContaining('count all rows of this table') as string },
  ]);
  expect(
    await heldBack({ transactions: { columns: { except: ['success'] } } }, ['transactions']),
  ).toMatchObject([
    { table: 'transactions', problem: expect.stringContaining('read success of it') as string },
  ]);
});
