import { eventually } from '../support/eventually.ts';
import { openHost } from '../support/host.ts';
import { ownPostgres } from '../support/own-postgres.ts';
import { query } from '../support/query.ts';
import { openText } from '../support/star.ts';

/** Kills a process of the server for one of its connections, and waits until the server has recovered. */
async function crashBackend(url: string): Promise<void> {
  const connection = await openText(url);
  const { rows } = await connection.query<{ pid: string }>('select pg_backend_pid() as pid');
  process.kill(Number(rows[0]!.pid), 'SIGKILL');
  await eventually('the server has recovered', () =>
    query(url, 'select').then(
      () => true,
      () => false,
    ),
  );
}

describe('after a crash of the source', () => {
  test('an unlogged table that it has emptied is empty in clean, although nobody has written since', async () => {
    const server = await ownPostgres();
    const host = await openHost({
      url: server.url,
      ddl: `create unlogged table u (id integer primary key); insert into u select generate_series(1, 5);
            create unlogged table parts (id integer primary key) partition by range (id);
            create unlogged table part_1 partition of parts for values from (1) to (10); insert into parts values (1), (2);
            create table t (id integer primary key); insert into t values (1)`,
      tables: { u: {}, parts: {}, t: {} },
    });
    try {
      await host.app.query('checkpoint');
      await host.land();
      expect(await host.land()).toMatchObject({ idle: true });
      await host.app.end();
      await server.crash();
      const { tables } = await host.land();
      expect(tables).toMatchObject({ u: { rows: 0 }, parts: { rows: 0 }, t: { rows: 1 } });
      expect(await host.land()).toMatchObject({ idle: true });

      // The server recovers by itself from the crash of one of its processes.
      await query(server.url, 'insert into u values (1)');
      expect(await host.land()).toMatchObject({ tables: { u: { rows: 1 } } });
      expect(await host.land()).toMatchObject({ idle: true });
      const [started] = await query<{ at: string }>(
        server.url,
        'select pg_postmaster_start_time()::text as at',
      );
      await crashBackend(server.url);
      expect(await query(server.url, 'select pg_postmaster_start_time()::text as at')).toEqual([started]);
      expect(await host.land()).toMatchObject({ tables: { u: { rows: 0 } } });
    } finally {
      await host.close();
      await server.stop();
    }
  });

  test('an unlogged table that was filled again has the new rows only', async () => {
    const server = await ownPostgres();
    const host = await openHost({
      url: server.url,
      ddl: 'create unlogged table u (id integer primary key); insert into u select generate_series(1, 5)',
      tables: { u: {} },
    });
    try {
      await host.land();
      await host.app.end();
      await server.crash();
      await query(server.url, 'insert into u select generate_series(4, 8)');
      await host.land();
      const { rows } = await host.warehouse.query<{ id: string }>('select id from clean.u order by id');
      expect(rows.map(({ id }) => Number(id))).toEqual([4, 5, 6, 7, 8]);
    } finally {
      await host.close();
      await server.stop();
    }
  });

  test('a transaction that it has taken back is not in clean, nor is what has reused its id missing', async () => {
    const server = await ownPostgres({ synchronous_commit: 'off', wal_writer_delay: '3s' });
    const host = await openHost({
      url: server.url,
      ddl: `set synchronous_commit = on;
            create table t (id integer primary key, v text); insert into t select i, 'old' from generate_series(1, 5) i`,
      tables: { t: {} },
    });
    try {
      await host.land();
      await query(server.url, `insert into t values (6, 'taken back')`);
      const landed = await host.land();
      await host.app.end();
      await server.crash();
      await query(server.url, `set synchronous_commit = on; update t set v = 'new' where id = 1`);
      await host.land();
      const rows = 'select id::integer, v from t order by id';
      expect(await query(host.warehouseUrl, rows.replace(' t ', ' clean.t '))).toEqual(
        await query(server.url, rows),
      );
      expect(landed.tables).toMatchObject({ t: { rows: 6 } });
    } finally {
      await host.close();
      await server.stop();
    }
  });
});

test('a failover that loses transactions is followed by a whole read', async () => {
  const server = await ownPostgres();
  const host = await openHost({
    url: server.url,
    ddl: `create table t (id integer primary key, v text); insert into t select i, 'old' from generate_series(1, 5) i`,
    tables: { t: {} },
  });
  try {
    await host.app.end();
    await server.remember();
    for (const change of [
      `insert into t values (6, 'lost')`,
      `update t set v = 'lost' where id = 1`,
      'delete from t where id = 2',
    ])
      await query(server.url, change);
    await host.land();
    await server.failOver();
    expect((await host.land()).tables).toMatchObject({ t: { inserted: 1, updated: 1, deleted: 1, rows: 5 } });
    const { rows } = await host.warehouse.query<{ v: string }>('select distinct v from clean.t');
    expect(rows).toEqual([{ v: 'old' }]);
  } finally {
    await host.close();
    await server.stop();
  }
});

test('a standby is a source like its primary, waits until it has replayed what has landed, and says what cancels its reads', async () => {
  const server = await ownPostgres();
  let reading = () => Promise.resolve();
  const host = await openHost({
    url: server.url,
    ddl: `create table t (id integer primary key, v text); insert into t select i, 'old' from generate_series(1, 5) i`,
    tables: { t: {} },
    onStaged: () => reading(),
  });
  await host.app.end();
  const standby = await server.startStandby({ max_standby_streaming_delay: '0' });
  const write = (sql: string) => query<Record<string, string>>(server.url, sql);
  const replayed = async () => {
    const [row] = await write('select pg_current_wal_insert_lsn() as at');
    await eventually('the standby has replayed it', async () => {
      const [{ isThere }] = (await query<{ isThere: boolean }>(
        standby.url('postgres'),
        `select pg_last_wal_replay_lsn() >= '${row!['at']}' as "isThere"`,
      )) as [{ isThere: boolean }];
      return isThere;
    });
  };
  const rows = 'select id::integer, v from t order by id';
  const expectEqual = async () =>
    expect(await query(host.warehouseUrl, rows.replace(' t ', ' clean.t '))).toEqual(await write(rows));
  const primary = await openText(server.url);
  try {
    host.url = standby.url('postgres');
    await host.land();
    await primary.query(`begin; update t set v = 'late' where id = 1`);
    await write(`insert into t values (6, 'new'); delete from t where id = 2`);
    await replayed();
    expect((await host.land()).tables).toMatchObject({ t: { inserted: 1, deleted: 1, rows: 5 } });
    await primary.query('commit');
    await replayed();
    expect((await host.land()).tables).toMatchObject({ t: { updated: 1 } });
    await expectEqual();
    expect(await host.land()).toMatchObject({ idle: true });

    await query(standby.url('postgres'), 'select pg_wal_replay_pause()');
    await write(`insert into t values (7, 'new')`);
    host.url = server.url;
    await host.land();
    host.url = standby.url('postgres');
    expect((await host.refused()).message).toMatch(
      /"shop": it is a standby that has not replayed yet what has landed/,
    );
    await query(standby.url('postgres'), 'select pg_wal_replay_resume()');
    await replayed();
    expect(await host.land()).toMatchObject({ idle: true });

    reading = async () => {
      await write('truncate t');
      await replayed();
    };
    await write(`insert into t values (8, 'new')`);
    await replayed();
    const cancelled = await host.refused();
    expect(cancelled.message).toMatch(
      /conflict with recovery.* max_standby_streaming_delay, or set hot_standby_feedback = on/,
    );
  } finally {
    await primary.end();
    await host.close();
    await standby.stop();
    await server.stop();
  }
});
