import { checkLockTable, judgeLockTable } from '../../../client/doctor/lock-table.ts';
import { openLeaves } from '../../support/leaves.ts';
import { freshWarehouse } from '../../support/postgres.ts';
import { openText } from '../../support/star.ts';

test('the locks that a query over all sources needs are those that Postgres takes for it', async () => {
  const database = await freshWarehouse();
  const warehouse = await openText(database.url);
  await openLeaves(warehouse, ['project_a', 'project_b', 'project_c']);
  await warehouse.query(
    `begin; select count(*) from clean.events join clean.user_sessions using (user_id) join clean.transactions using (user_id)`,
  );
  const { rows } = await warehouse.query<{ taken: string }>(
    `select count(*) as taken from pg_locks l join pg_class c on c.oid = l.relation
     where l.pid = pg_backend_pid() and c.relnamespace in ('clean'::regnamespace, 'part'::regnamespace)`,
  );
  const { outcome, detail } = await checkLockTable(warehouse);
  expect([outcome, detail]).toEqual([
    'ok',
    expect.stringMatching(new RegExp(`^[\\d,]+ locks; .* needs ${rows[0]!.taken}$`)),
  ]);
  await warehouse.end();
  await database.drop();
});

test.each([
  ['ok', 64, 100, 905],
  ['warning', 64, 40, 905],
  ['ok', 256, 40, 905],
  ['failed', 64, 40, 2_705],
])(
  'the outcome is %s with %i locks for each of %i transactions, when a query needs %i',
  (outcome, ...sizes) => {
    expect(judgeLockTable(...sizes).outcome).toBe(outcome);
  },
);

test('the setting that is printed is enough, and its statement works', async () => {
  const { advice } = judgeLockTable(64, 40, 905);
  const [, setting] = /^Set max_locks_per_transaction to (\d+) or more, and restart the server:$/m.exec(
    advice!,
  )!;
  expect(judgeLockTable(Number(setting), 40, 905).outcome).toBe('ok');
  const database = await freshWarehouse();
  const warehouse = await openText(database.url);
  await warehouse.query(advice!.split('\n')[1]!);
  await warehouse.query('alter system reset max_locks_per_transaction');
  await warehouse.end();
  await database.drop();
});
