import { openHost } from '../support/host.ts';
import { ownPostgres } from '../support/own-postgres.ts';
import { openText } from '../support/star.ts';

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
      expect((await host.land()).batches).toMatchObject([{ idle: true }]);
      await host.app.end();
      await server.crash();
      const { tables } = await host.land();
      expect(tables).toMatchObject({ u: { rows: 0 }, parts: { rows: 0 }, t: { rows: 1 } });
      expect((await host.land()).batches).toMatchObject([{ idle: true }]);
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
      const app = await openText(server.url);
      await app.query('insert into u select generate_series(4, 8)');
      await app.end();
      await host.land();
      const { rows } = await host.warehouse.query<{ id: string }>('select id from clean.u order by id');
      expect(rows.map(({ id }) => Number(id))).toEqual([4, 5, 6, 7, 8]);
    } finally {
      await host.close();
      await server.stop();
    }
  });
});
