import fc from 'fast-check';
import { arePagesFlushed, isFlushed } from '../../../../activities/sync/source/flushed.ts';
import { openHost } from '../../../support/host.ts';
import type { Host } from '../../../support/host.ts';
import { ownPostgres } from '../../../support/own-postgres.ts';
import type { OwnPostgres } from '../../../support/own-postgres.ts';

const pageSize = 8192n;

test('a log is flushed up to what was written, give or take the header of a page without records', () => {
  expect(isFlushed({ written: 100n, flushed: 100n, pageSize })).toBe(true);
  expect(isFlushed({ written: 140n, flushed: 100n, pageSize })).toBe(false);
  expect(isFlushed({ written: pageSize + 24n, flushed: pageSize, pageSize })).toBe(true);
  expect(isFlushed({ written: pageSize + 40n, flushed: pageSize, pageSize })).toBe(true);
  // The shortest commit after the shortest header.
  expect(isFlushed({ written: pageSize + 64n, flushed: pageSize, pageSize })).toBe(false);
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 1n << 60n }),
      fc.bigInt({ min: 41n, max: 1n << 20n }),
      (flushed, more) => {
        expect(isFlushed({ written: flushed, flushed: flushed + more, pageSize })).toBe(true);
        expect(isFlushed({ written: flushed + more, flushed, pageSize })).toBe(false);
      },
    ),
  );
});

test('only what is left on the last page may stay unflushed', () => {
  expect(arePagesFlushed({ written: 3n * pageSize + 500n, flushed: 3n * pageSize, pageSize })).toBe(true);
  expect(arePagesFlushed({ written: 3n * pageSize + 500n, flushed: 3n * pageSize - 1n, pageSize })).toBe(
    false,
  );
});

describe('at a source whose log is not flushed', () => {
  let server: OwnPostgres;
  let host: Host;

  beforeAll(async () => {
    server = await ownPostgres();
    host = await openHost({
      url: server.url,
      ddl: `create table t (id integer primary key, v text); create table u (id integer primary key);
            insert into t select i, repeat('x', 100) from generate_series(1, 200) i; insert into u values (1)`,
      tables: { t: {}, u: {} },
    });
    await host.land();
  });
  afterAll(async () => {
    await host.close();
    await server.stop();
  });

  const expectUnflushed = async () => {
    const { rows } = await host.app.query<{ ahead: string }>(
      'select pg_current_wal_insert_lsn() - pg_current_wal_flush_lsn() as ahead',
    );
    expect(Number(rows[0]!.ahead)).toBeGreaterThan(0);
  };

  test('what a reader has written by pruning a page does not keep a run from landing', async () => {
    await host.app.query(`update t set v = repeat('y', 100)`);
    await host.app.query('begin');
    await host.app.query('select count(v) from t');
    await host.app.query('rollback');
    await expectUnflushed();
    expect((await host.land()).tables).toMatchObject({ t: { updated: 200 } });
  });

  test('what an open transaction has written does not keep a run from landing', async () => {
    await host.app.query('begin; insert into u values (2)');
    await expectUnflushed();
    expect((await host.land()).tables).toMatchObject({ u: { rows: 1 } });
    await host.app.query('commit');
    expect((await host.land()).tables).toMatchObject({ u: { rows: 2 } });
  });
});
