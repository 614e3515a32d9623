import { readWholeNext } from '../../../../activities/sync/warehouse/requests.ts';
import { equal, openHost, shop } from '../../../support/host.ts';
import type { Host } from '../../../support/host.ts';
import { openText } from '../../../support/star.ts';
import { extractChanges, runActivity } from '../../../support/sync-once.ts';

let host: Host;

beforeAll(async () => {
  host = await openHost({
    ddl: `create table t (id integer primary key, v text); create table u (id integer primary key);
          insert into t select i, 'v' from generate_series(1, 500) i`,
    tables: { t: {}, u: {} },
  });
  await host.land();
});
afterAll(() => host.close());

const falsify = () => host.warehouse.query(`update clean.t set v = 'false' where id <= 10`);

test('a table that is to be read whole is made equal by the next run, and no reader sees it empty or half', async () => {
  await falsify();
  const reader = await openText(host.warehouseUrl);
  const seen = new Set<string>();
  const over = new AbortController();
  const reading = (async () => {
    while (!over.signal.aborted) {
      const { rows } = await reader.query<{ seen: string }>(
        `select count(*) || ' rows, ' || count(*) filter (where v = 'false') || ' false' as seen from clean.t`,
      );
      seen.add(rows[0]!.seen);
    }
    await reader.end();
  })();
  await readWholeNext(host.warehouse, shop, ['t']);
  const landed = await host.land();
  over.abort();
  await reading;
  expect(landed.tables['t']).toMatchObject({ extracted: 500, updated: 10, rows: 500 });
  expect(landed.tables['u']).toMatchObject({ extracted: 0 });
  expect(await host.difference('t')).toEqual(equal);
  for (const each of seen) expect(['500 rows, 10 false', '500 rows, 0 false']).toContain(each);
  expect((await host.land()).tables['t']).toMatchObject({ extracted: 0 });
});

test('a request that comes while a batch is on its way is not lost', async () => {
  await falsify();
  await host.app.query(`insert into t values (501, 'v')`);
  const batch = await extractChanges(host.activities, shop);
  await readWholeNext(host.warehouse, shop, ['t']);
  await runActivity(host.activities.loadRaw, batch);
  await runActivity(host.activities.upsert, batch);
  expect((await host.difference('t')).missing).toHaveLength(10);
  await host.land();
  expect(await host.difference('t')).toEqual(equal);
});

test('each landing compares the clock of the source with that of the warehouse, also when nothing has changed', async () => {
  for (const change of [`update t set v = 'w' where id = 1`, 'select']) {
    await host.app.query(change);
    await host.warehouse.query(`update ops.source set clock_ahead = '2 hours'`);
    await host.land();
    const { rows } = await host.warehouse.query<Record<'right' | 'lag', string>>(
      `select clock_ahead between '-5 s' and '5 s' as right, (select max(lag) < '1 min' from ops.freshness) as lag from ops.source`,
    );
    expect(rows).toEqual([{ right: 't', lag: 't' }]);
  }
});
