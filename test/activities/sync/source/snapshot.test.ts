import { MockActivityEnvironment } from '@temporalio/testing';
import type { Client } from 'pg';
import { defaultTimeouts } from '../../../../activities/postgres/timeouts.ts';
import { underSnapshot } from '../../../../activities/sync/source/snapshot.ts';
import { survey } from '../../../../activities/sync/source/survey.ts';
import { rulesFor } from '../../../../model/choose-tables.ts';
import { testConfig } from '../../../support/config.ts';
import { freshDatabase } from '../../../support/postgres.ts';
import { openText } from '../../../support/star.ts';

let application: Client;
let reader: Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await freshDatabase('shop');
  drop = () => database.drop();
  application = await openText(database.url);
  reader = await openText(database.url);
  await application.query(`create table t (id integer primary key, v text); insert into t values (1, 'one')`);
});
afterAll(async () => {
  await application.end();
  await reader.end();
  await drop();
});

/** Reads the columns of `t` that the survey finds; `meanwhile` runs after the first survey, before the locks. */
async function read(meanwhile: string, select: (columns: readonly string[]) => string): Promise<unknown> {
  const config = await testConfig({ sources: {}, warehouse: '', staging: '', tables: { t: {} } }).read();
  const request = {
    source: 'shop',
    rules: rulesFor(config, 'shop'),
    hasLanded: () => false,
    ignores: () => false,
  };
  let surveys = 0;
  return new MockActivityEnvironment().run(() =>
    underSnapshot(
      reader,
      {
        source: 'shop',
        timeouts: { ...defaultTimeouts, sourceLockPauseMs: 1 },
        async survey() {
          const found = await survey(reader, request);
          if (surveys++ === 0) await application.query(meanwhile);
          return found;
        },
      },
      async (_now, { tables }) => {
        const columns = tables.get('t')!.shape.columns.map(({ name }) => name);
        return (await reader.query<Record<string, string>>(select(columns))).rows;
      },
    ),
  );
}

test('a column that is renamed before the locks is read by its new name', async () => {
  const rows = await read(
    'alter table t rename column v to w',
    (columns) => `select ${columns.join()} from public.t`,
  );
  expect(rows).toEqual([{ id: '1', w: 'one' }]);
});

test('a statement that is refused while the tables are as they were looked up is an error', async () => {
  await expect(read('select 1', () => 'select none from public.t')).rejects.toThrow(
    'column "none" does not exist',
  );
});
