import type { ApplicationFailure } from '@temporalio/common';
import type { Manifest } from '../../../../model/batch.ts';
import { changes, equal, openHost, shop } from '../../../support/host.ts';
import type { Host } from '../../../support/host.ts';
import { ownPostgres } from '../../../support/own-postgres.ts';
import type { OwnPostgres } from '../../../support/own-postgres.ts';
import { query } from '../../../support/query.ts';
import { freshDatabase } from '../../../support/postgres.ts';
import type { FreshDatabase } from '../../../support/postgres.ts';
import { openText } from '../../../support/star.ts';
import { stockPostgres, stockTools } from '../../../support/stock-postgres.ts';
import type { StockPostgres } from '../../../support/stock-postgres.ts';

const ddl = `create table t (id integer primary key, v text);
             insert into t select i, 'row ' || i from generate_series(1, 10) i`;

let host: Host;
let manifest: Manifest;

async function open(url?: string): Promise<Host> {
  return openHost({
    ...(url !== undefined && { url }),
    ddl,
    tables: { t: {} },
    onStaged(_client, seen) {
      manifest = seen;
      return Promise.resolve();
    },
  });
}

/** Checks that the run fails with a command, after which the next run makes both sides equal. */
async function expectRefused(why: RegExp, differs: () => Promise<unknown>): Promise<void> {
  const before = await clean();
  const failure = await host.land().then(
    () => undefined,
    (error: unknown) => error as ApplicationFailure,
  );
  expect(failure).toMatchObject({ type: 'CannotRead', nonRetryable: true });
  expect(failure!.message).toContain(`source "${shop}": it `);
  expect(failure!.message).toMatch(why);
  expect(await clean()).toEqual(before);

  const asked = await run(failure!);
  expect(asked).toMatchObject({ code: 2, stdout: '' });
  expect(asked.stderr).toMatch(why);
  expect(asked.stderr).toContain('add --yes');
  expect((await host.refused()).message).toBe(failure!.message);
  expect(await run(failure!, '--yes')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Accepted\./) as string,
  });
  await host.land();
  expect((await run(failure!)).stdout).toMatch(/^There is nothing to accept/);
  expect(await differs()).toEqual(equal);
}

/** Runs the command that a failure prints, exactly as it is printed. */
async function run({ message }: ApplicationFailure, ...options: string[]) {
  const [, args] = /run: tidehouse (.*)$/.exec(message)!;
  return host.tidehouse(...args!.split(' '), ...options);
}

const clean = async () =>
  (await host.warehouse.query<{ id: string; v: string }>('select * from clean.t order by id')).rows;

describe('a source whose URL has changed', () => {
  let first: FreshDatabase;
  let server: OwnPostgres;
  beforeAll(async () => {
    host = await open();
    await host.land();
    first = await freshDatabase('elsewhere');
    server = await ownPostgres();
    for (const url of [first.url, server.url]) {
      const client = await openText(url);
      await client.query(`${ddl}; delete from t where id > 7; update t set v = 'another' where id = 1`);
      await client.end();
    }
  });
  afterAll(async () => {
    await host.close();
    await first.drop();
    await server.stop();
  });

  const differs = async () => {
    const other = await openText(host.url);
    try {
      const rows = async (client: typeof other, sql: string) =>
        (await client.query({ text: sql, rowMode: 'array' })).rows as string[][];
      const source = await rows(other, 'select id, v from t order by id');
      const landed = await rows(host.warehouse, 'select id, v from clean.t order by id');
      expect(landed).toEqual(source);
      return equal;
    } finally {
      await other.end();
    }
  };

  test('to another database on the same server fails until it is confirmed', async () => {
    host.url = first.url;
    await expectRefused(
      /is not the database read before \(elsewhere_\w+\/\d+ instead of shop_\w+\/\d+\)/,
      differs,
    );
  });

  test('to another server fails until it is confirmed', async () => {
    host.url = server.url;
    await expectRefused(/is not the server read before \(system identifier \d+ instead of \d+\)/, differs);
  });
});

describe('a server', () => {
  let server: OwnPostgres;
  beforeAll(async () => {
    server = await ownPostgres();
    host = await open(server.url);
    await host.land();
  });
  afterAll(async () => {
    await host.close();
    await server.stop();
  });

  test('that continues on a new timeline is read whole once, deletes included', async () => {
    await host.warehouse.query(`update ops.source set timeline = '00000009'`);
    // A row lost in the failover: it is in clean, but no transaction at the source has deleted it.
    await host.warehouse.query(
      `insert into clean.t (project, id, v, batch) values ('${shop}', 99, 'lost by the failover', 'x')`,
    );
    const run = await host.land();
    expect(manifest.tables).toMatchObject([{ table: 't', whole: true }]);
    expect(changes(run, 't')).toEqual({ unchanged: 10, deleted: 1 });
    expect(await host.difference('t')).toEqual(equal);
    await host.app.query(`insert into t values (11, 'x')`);
    expect(changes(await host.land(), 't')).toEqual({ inserted: 1 });
    expect(manifest.tables).toMatchObject([{ whole: false }]);
  });

  test('that was set back in time fails until it is confirmed', async () => {
    await host.app.end();
    await server.remember();
    const app = await openText(server.url);
    await app.query(`update t set v = 'lost later'; insert into t values (12, 'lost later')`);
    await host.land();
    await app.end();
    await server.goBack();
    await expectRefused(/was set back in time \(transaction \d+ is older than \d+\)/, async () => {
      expect(await clean()).toHaveLength(11);
      expect((await clean()).filter(({ v }) => v === 'lost later')).toEqual([]);
      return equal;
    });
  });
});

const whereThereAreTools = stockTools === undefined ? describe.skip : describe;

whereThereAreTools('with the tools of an installed Postgres, a source', () => {
  let server: StockPostgres;
  beforeAll(async () => {
    server = await stockPostgres();
    host = await open(server.url);
    await host.app.end();
    await host.land();
  });
  afterAll(async () => {
    await host.close();
    await server.stop();
  });

  const source = 'select id::integer, v from t order by id';
  const expectEqual = async () =>
    expect(await query(host.warehouseUrl, source.replace(' t ', ' clean.t '))).toEqual(
      await query(server.url, source),
    );
  const expectAnotherServer = () =>
    expectRefused(/is not the server read before/, async () => {
      await expectEqual();
      return equal;
    });
  const write = (sql: string) => query(server.url, sql);

  test('that was dumped and restored behind the same URL fails until it is confirmed', async () => {
    await write(`insert into t values (20, 'not landed yet'); delete from t where id = 5`);
    await server.dumpAndRestore();
    await write(`update t set v = 'changed since' where id = 6`);
    await expectAnotherServer();
  });

  test('that pg_upgrade has moved fails until it is confirmed', async () => {
    await write(`insert into t values (21, 'not landed yet'); delete from t where id = 7`);
    await server.upgrade();
    await write(`update t set v = 'changed since' where id = 8`);
    await expectAnotherServer();
  });

  test.each([
    ['2^31', 2 ** 31],
    ['2^32', 2 ** 32],
  ])('whose transaction ids pass %s lands every change on both sides of it', async (_, limit) => {
    await write(`insert into t values (30, 'before ${limit}') on conflict (id) do update set v = excluded.v`);
    await server.continueFrom(limit - 20);
    const open = await openText(server.url);
    await open.query(`begin; update t set v = 'opened before ${limit}' where id = 9`);
    for (let at = 0; at < 12; at++) {
      await write(
        `insert into t values (${100 + at}, '${limit}') on conflict (id) do update set v = excluded.v || ' again';
         commit; update t set v = 'at ${at} of ${limit}' where id = 1;
         commit; delete from t where id = ${100 + at - 3}`,
      );
      await host.land();
      await expectEqual();
    }
    await open.query('commit');
    await open.end();
    await host.land();
    await expectEqual();
    const [now] = await query<{ id: string }>(server.url, 'select pg_current_xact_id()::text as id');
    expect(Number(now!.id)).toBeGreaterThan(limit);
  });
});
