import { acceptHeldDeletes } from '../../../activities/sync/warehouse/requests.ts';
import { equal, openHost, shop } from '../../support/host.ts';
import type { Host } from '../../support/host.ts';

let host: Host;

beforeAll(async () => {
  host = await openHost({ ddl: 'create table t (id integer primary key)', tables: { t: {} } });
});
afterAll(() => host.close());

const accept = (...args: string[]) => host.tidehouse('accept', ...args);
const state = async () => (await host.warehouse.query('select * from ops.source')).rows as unknown[];

test('a source that is the one read before, or has not landed yet, has nothing to accept', async () => {
  expect(await accept(shop, '--yes')).toMatchObject({
    code: 0,
    stdout: 'There is nothing to accept: shop has not landed yet.\n',
  });
  await host.land();
  const before = await state();
  const { code, stdout } = await accept(shop, '--yes');
  expect([code, stdout]).toEqual([
    0,
    'There is nothing to accept: shop is the server and the database read before.\n',
  ]);
  expect(await state()).toEqual(before);
});

test('a source that is not in the config is named, with those that are', async () => {
  const { code, stderr } = await accept('shoop', '--yes');
  expect([code, stderr]).toEqual([2, expect.stringMatching(/shoop.*shop/s)]);
});

test('what was and what is is shown, and nothing changes without an answer', async () => {
  await host.warehouse.query(`update ops.source set system_identifier = '1'`);
  const before = await state();
  const { code, stdout, stderr } = await accept(shop);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/system identifier +1 +\d{10,}\n/);
  expect(stderr).toContain('There is nobody to answer: add --yes.');
  expect(await state()).toEqual(before);
});

describe('when a source deletes more of a table than max_deletes', () => {
  const held = async () => {
    const { rows } = await host.warehouse.query<Record<'rows' | 'held' | 'difference', string>>(
      `select rows, held_deletes as held, difference from ops.position where table_name = 't'`,
    );
    return Object.values(rows[0]!);
  };

  beforeAll(async () => {
    await host.warehouse.query('delete from ops.source');
    await host.app.query('insert into t select generate_series(1, 1100)');
    await host.land();
    await host.app.query('delete from t where id <= 400; insert into t values (2000)');
  });

  test('its rows stay, what else has changed lands, and `status` says how many, with the command that accepts it', async () => {
    await host.land();
    expect(await held()).toEqual(['1101', '400', '0']);
    await host.app.query('insert into t values (2001); delete from t where id = 401');
    await host.land();
    expect(await held()).toEqual(['1102', '401', '0']);

    const { stdout } = await host.tidehouse('status');
    const printed = /shop .*: t \(401\)\. To delete them here too: tidehouse accept (shop --deletes)\n/.exec(
      stdout,
    );
    const args = printed![1]!.split(' ');
    expect(await accept(...args)).toMatchObject({ code: 2 });
    await host.land();
    expect(await held()).toEqual(['1102', '401', '0']);
    expect(await accept(...args, '--yes')).toMatchObject({
      code: 0,
      stdout: 'Accepted. To delete them now: tidehouse sync --source shop\n',
    });
    await host.land();
    expect(await held()).toEqual(['701', '0', '0']);
    expect(await host.difference('t')).toEqual(equal);
  });

  test('a table that is emptied waits too, unless the config allows it or the rows come back; nobody accepts more than was shown', async () => {
    await host.app.query('insert into t select generate_series(3000, 3999)');
    await host.land();
    await host.app.query('create table before as table t; truncate t');
    await host.land();
    expect(await held()).toEqual(['1701', '1701', '0']);
    await acceptHeldDeletes(host.warehouse, shop, new Map([['t', 1700]]));
    const accepted = await host.warehouse.query('select accepted_deletes from ops.position');
    expect(accepted.rows).toEqual([{ accepted_deletes: '1700' }]);
    await host.app.query('insert into t table before');
    await host.land();
    expect(await held()).toEqual(['1701', '0', '0']);
    await host.app.query('truncate t');
    host.tables = { t: { maxDeletes: 1 } };
    await host.land();
    expect(await held()).toEqual(['0', '0', '0']);
  });

  test('they wait in the first run after `accept` too, and when the table has got another key', async () => {
    host.tables = { t: {}, copied: { maxDeletes: 1 } };
    await host.app.query(`
      alter table t add k integer not null default 0; insert into t select generate_series(1, 2000);
      create table copied as select generate_series(1, 1100)`);
    await host.land();
    await host.app.query('delete from t where id <= 800; truncate copied');
    await host.warehouse.query(`update ops.source set system_identifier = '1'`);
    await accept(shop, '--yes');
    expect((await host.land()).tables['copied']!.rows).toBe(0);
    expect(await held()).toEqual(['2000', '800', '0']);
    await accept(shop, '--deletes', '--yes');
    await host.land();
    expect(await held()).toEqual(['1200', '0', '0']);

    await host.app.query(`
      alter table t drop constraint t_pkey, add primary key (id, k);
      delete from t where id <= 1300; insert into t values (2000, 1)`);
    for (const run of ['the first', 'the next']) {
      await host.land();
      expect([run, ...(await held())]).toEqual([run, '1200', '500', '0']);
    }
    await accept(shop, '--deletes', '--yes');
    await host.land();
    expect(await held()).toEqual(['701', '0', '0']);
    await host.app.query('insert into t values (2000, 2)');
    await host.land();
    expect(await host.difference('t')).toEqual(equal);
  });
});
