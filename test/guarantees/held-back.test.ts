import { retryQuarantine } from '../../activities/sync/warehouse/landing/quarantine.ts';
import { readFreshness } from '../../client/status/freshness.ts';
import { renderStatus } from '../../client/status/report.ts';
import { testConfig } from '../support/config.ts';
import { changes, equal, openHost, shop } from '../support/host.ts';
import type { Host } from '../support/host.ts';
import { runActivity } from '../support/sync-once.ts';

let host: Host;

afterEach(() => host.close());

/** A source with the table `good` and others, all of which are chosen. */
async function open(ddl: string): Promise<void> {
  host = await openHost({
    ddl: `create table good (id int primary key, v text); insert into good values (1, 'a'); ${ddl};
          create schema other; create table other.tick (id serial)`,
    // Reading may write to the log, which nothing flushes at a source where nobody commits.
    onStaged: async () => {
      await host.app.query('insert into other.tick default values');
    },
  });
  host.tables = { '*': {} };
}

/** A table with a value whose type has no input function that takes it. */
const refusedByType = `create table bad (id int primary key, v pg_node_tree);
  insert into bad select 1, ev_action from pg_rewrite limit 1`;

/** What ops says of the tables that are held back. */
async function heldBack() {
  const { rows } = await host.warehouse.query<Record<'table_name' | 'problem' | 'advice' | 'sql', string>>(
    'select table_name, problem, advice, sql from ops.freshness where problem is not null order by 1',
  );
  return rows;
}

/** Changes the good table and checks that the change lands. */
async function expectOthersLand() {
  await host.app.query(`update good set v = v || '!'`);
  await host.land();
  expect(await host.difference('good')).toEqual(equal);
}

test.each([
  ['without columns', 'create table bad ()', /no columns/, 'alter table bad add v text'],
  [
    'of a type that the warehouse cannot take',
    refusedByType,
    /cannot accept a value of type pg_node_tree, COPY \S+, line 2, column v$/,
    'alter table bad drop column v; alter table bad add w int',
  ],
  [
    'with too many columns',
    `do $$ begin execute 'create table bad (id int primary key, ' ||
       (select string_agg('c' || i || ' int', ', ') from generate_series(1, 1598) i) || ')'; end $$`,
    /it has 1599 columns/,
    `do $$ begin execute 'alter table bad ' || (select string_agg('drop c' || i, ', ') from generate_series(1, 99) i); end $$`,
  ],
])(
  'a table %s is held back alone, and lands by itself once it is mended',
  async (_title, ddl, problem, mend) => {
    await open(ddl);
    const landed = await host.land();
    expect(landed.heldBack).toMatchObject([
      { table: 'bad', problem: expect.stringMatching(problem) as string },
    ]);
    expect(changes(landed, 'good')).toEqual({ inserted: 1 });
    expect(await heldBack()).toMatchObject([
      { table_name: 'bad', problem: expect.stringMatching(problem) as string },
    ]);
    await expectOthersLand();

    await host.app.query(mend);
    expect((await host.land()).heldBack).toBeUndefined();
    expect(await host.difference('bad')).toEqual(equal);
    expect(await heldBack()).toEqual([]);
  },
);

test('a table whose name an analyst has given to another in the warehouse is held back alone, and leaves that as it is', async () => {
  await open(
    'create table bad (id int primary key); insert into bad values (1); create table own (n int primary key)',
  );
  await host.warehouse.query(
    'create view clean.bad as select 1 as id; create table clean.own (id int primary key, project text)',
  );
  const foreseen = (await host.tidehouse('tables')).stdout;
  const landed = await host.land();
  const made = (what: string) => `the warehouse has a ${what} that somebody else has made`;
  expect(landed.heldBack).toMatchObject([
    { table: 'bad', problem: made('view clean.bad') },
    { table: 'own', problem: made('table clean.own') },
  ]);
  for (const { problem } of landed.heldBack!) expect(foreseen).toContain(problem);
  expect(changes(landed, 'good')).toEqual({ inserted: 1 });
  const { rows } = await host.warehouse.query<{ columns: string }>(
    `select string_agg(attname || ' ' || atttypid::regtype, ', ') as columns from pg_attribute where attrelid = 'clean.own'::regclass and attnum > 0`,
  );
  expect(rows).toEqual([{ columns: 'id integer, project text' }]);
  await host.warehouse.query('drop view clean.bad; alter table clean.own rename to theirs');
  const after = await host.land();
  expect([after.heldBack, after.tables['bad'], after.tables['own']]).toMatchObject([
    undefined,
    { rows: 1 },
    { rows: 0 },
  ]);
});

test('a table that is held back goes on from where it was left', async () => {
  await open(
    `create table bad (id int primary key, v text); insert into bad select i, 'x' from generate_series(1, 100) i`,
  );
  await host.land();
  await host.app.query(`update bad set v = 'y' where id = 1`);
  host.tables = { good: {}, bad: { key: ['nothing'] } };
  expect((await host.land()).heldBack).toMatchObject([
    { table: 'bad', problem: expect.stringContaining('has no column nothing') as string },
  ]);
  await expectOthersLand();
  const { rows } = await host.warehouse.query(
    `select rows, complete_through < (select complete_through from ops.source) as behind from ops.freshness where table_name = 'bad'`,
  );
  expect(rows).toEqual([{ rows: '100', behind: 't' }]);

  await host.app.query(`update bad set v = 'z' where id = 2; delete from bad where id = 3`);
  host.tables = { good: {}, bad: {} };
  const landed = await host.land();
  expect(landed.tables['bad']).toMatchObject({ extracted: 2, updated: 2, deleted: 1 });
  expect(await host.difference('bad')).toEqual(equal);
});

/** What `tidehouse status` prints of the tables. */
async function status(): Promise<string> {
  const { url, warehouseUrl, staging, tables } = host;
  const config = testConfig({ sources: { shop: url }, warehouse: warehouseUrl, staging, tables });
  const sources = await readFreshness(host.warehouse, await config.read());
  return renderStatus({ sources, schedules: [], weather: [], incidents: [], mutes: {} });
}

test('a table that the source renames or moves is followed, and the line that the config should have works as it is printed', async () => {
  await open(
    `create table bad (id int primary key, v text); insert into bad select i, 'x' from generate_series(1, 100) i`,
  );
  host.tables = { good: {}, bad: {} };
  await host.land();
  await host.app.query(`alter table bad rename to away; update away set v = 'y' where id = 1`);
  const renamed = await host.land();
  expect(renamed.heldBack).toBeUndefined();
  expect(renamed.tables['bad']).toMatchObject({ extracted: 1, updated: 1, rows: 100 });
  await host.app.query(
    `create schema archive; alter table away set schema archive; delete from archive.away where id > 50`,
  );
  expect((await host.land()).tables['bad']).toMatchObject({ extracted: 0, deleted: 50, rows: 50 });

  const listed = await host.tidehouse('tables');
  expect(listed.stdout).toMatch(/^shop +archive\.away +bad +sweep/m);
  expect(listed.stdout).toContain(/^Moved at shop: bad; .*$/m.exec(await status())![0]);
  const [, line, as] =
    /^Moved at shop: bad; it is archive\.away now, .*call its line (\S+), with as: (\S+)\.$/m.exec(
      await status(),
    )!;
  host.tables = { good: {}, [line!]: { as: as! } };
  expect((await host.land()).tables['bad']).toMatchObject({ extracted: 0, rows: 50 });
  expect(await status()).not.toContain('Moved at');

  // What takes the name in the config is what the config means.
  host.tables = { good: {}, bad: {} };
  await host.land();
  await host.app.query(`create table bad (id int primary key, v text); insert into bad values (7, 'new')`);
  expect((await host.land()).tables['bad']).toMatchObject({ rows: 1 });
  expect(await host.difference('bad')).toEqual(equal);

  host.tables = { good: {}, 'archive.away': { as: 'bad' } };
  await host.land();
  await host.app.query('drop table archive.away');
  expect((await host.land()).heldBack).toMatchObject([
    { problem: 'it does not exist at the source, where it is archive.away' },
  ]);
  host.tables = { good: {} };
  expect((await host.land()).heldBack).toBeUndefined();
  const { rows: orphans } = await host.warehouse.query('select table_name, rows from ops.orphan');
  expect(orphans).toEqual([{ table_name: 'bad', rows: '50' }]);
});

test('a table with an error in its line of the config is held back alone with that error, and goes on once it is corrected', async () => {
  await open(`create table bad (id int primary key, v text); insert into bad values (1, 'a')`);
  await host.land();
  await host.app.query(`insert into bad values (2, 'b')`);
  const error = 'tidehouse.yaml:9: tables.bad.kee: unknown key; remove it or correct its name';
  host.tables = { '*': {}, bad: { error }, lost: { error: 'it cannot be a name' } };
  expect((await host.land()).heldBack).toMatchObject([
    { table: 'bad', problem: `the config has an error: ${error}` },
    { table: 'lost', problem: 'the config has an error: it cannot be a name' },
  ]);
  await expectOthersLand();
  host.tables = { '*': {} };
  expect(changes(await host.land(), 'bad')).toEqual({ inserted: 1 });
  expect(await host.difference('bad')).toEqual(equal);
});

test('when every table is held back, the source fails with all of them', async () => {
  host = await openHost({ ddl: 'create table a (); create table b ()' });
  host.tables = { '*': {} };
  const failure = await host.refused();
  expect(failure.message).toMatch(/table "a": it has no columns[^]*table "b": it has no columns/);
});

test('a table that is refused is not tried again and again', async () => {
  await open(refusedByType);
  const { batches } = await host.land();
  expect(batches).toHaveLength(2);
});

describe('rows that the warehouse refuses', () => {
  /** What is in quarantine, by the id of the row. */
  async function quarantined(): Promise<Record<string, string>> {
    const { rows } = await host.warehouse.query<Record<'key' | 'line' | 'reason' | 'missing', string>>(
      'select key, line, reason, missing from ops.quarantine order by key',
    );
    return Object.fromEntries(
      rows.map(({ key, line, reason, missing }) => [
        key,
        `line ${line}: ${reason}${missing === 't' ? '' : ', older in clean'}`,
      ]),
    );
  }

  /** The table `bad` in clean, and the number of rows by which it differs from the source, quarantine aside. */
  async function landed(): Promise<{ rows: string; difference: string }> {
    const { rows } = await host.warehouse.query<{ rows: string; difference: string }>(
      `select (select string_agg(id || ' ' || v, ', ' order by id) from clean.bad) as rows, difference
       from ops.position where table_name = 'bad'`,
    );
    return rows[0]!;
  }

  test('wait in quarantine while the others land, until they are mended or deleted at the source', async () => {
    const key3 = `{"3 \\"x\\", 4"}`;
    await open(`create table bad (id text primary key, v text); insert into bad values (1, 'one')`);
    await host.land();
    await host.warehouse.query('alter table raw.bad add constraint short check (length(v) < 10)');
    await host.app.query(
      `insert into bad values (2, E'two\nlines'), ('3 "x", 4', '"much" too long'), (4, 'four'), (5, '')`,
    );
    expect((await host.land()).heldBack).toBeUndefined();
    expect(await landed()).toEqual({ rows: '1 one, 2 two\nlines, 4 four, 5 ', difference: '0' });
    expect(await quarantined()).toEqual({
      [key3]: expect.stringMatching(/^line 4: new row .* violates check constraint "short"$/) as string,
    });
    expect((await host.warehouse.query('select column_name, value from ops.quarantine')).rows).toEqual([
      { column_name: null, value: '"3 ""x"", 4","""much"" too long"' },
    ]);

    await host.app.query(
      `update bad set v = 'four, but longer' where id = '4'; insert into bad values (6, 'also too long')`,
    );
    await host.land();
    expect(await landed()).toEqual({ rows: '1 one, 2 two\nlines, 4 four, 5 ', difference: '0' });
    expect(Object.keys(await quarantined())).toEqual([key3, '{4}', '{6}']);
    expect((await quarantined())['{4}']).toMatch(/, older in clean$/);
    const audit = await runActivity(host.activities.auditSource, { source: shop, tables: ['bad'] });
    expect(audit).toEqual({ bad: { compared: 4, missing: 0, different: 0, surplus: 0 } });

    await host.app.query(
      `update bad set v = 'three' where id = '3 "x", 4'; delete from bad where id in ('4', '6')`,
    );
    await host.land();
    expect(await landed()).toEqual({ rows: '1 one, 2 two\nlines, 3 "x", 4 three, 5 ', difference: '0' });
    expect(await quarantined()).toEqual({});
  });

  test('are known by keys that the warehouse prints otherwise than the source', async () => {
    await open(
      `create table bad (yes boolean, day date, name char(3), id int, v text, primary key (yes, day, name));
       insert into bad values (true, '2026-01-01', 'a', 1, 'one')`,
    );
    await host.land();
    await host.warehouse.query(`alter table clean.bad alter day type timestamp, add check (length(v) < 10);
      alter table raw.bad alter day type timestamp`);
    await host.app.query(
      `insert into bad values (false, '2026-01-02', 'b', 2, 'much too long'), (true, '2026-01-03', 'c', 3, 'three')`,
    );
    expect((await host.land()).heldBack).toBeUndefined();
    expect(await landed()).toEqual({ rows: '1 one, 3 three', difference: '0' });
    expect(Object.keys(await quarantined())).toEqual(['{f,"2026-01-02 00:00:00","b  "}']);

    await host.app.query('delete from bad where id = 2');
    await host.land();
    expect(await quarantined()).toEqual({});
  });

  test.each([
    ['another column', 'alter table bad drop constraint bad_pkey, add primary key (code)', '{b}', '{c}'],
    [
      'a new column',
      'alter table bad drop constraint bad_pkey, add n int generated always as identity primary key',
      '{2}',
      '{3}',
    ],
  ])('stay there under the new key when the key becomes %s', async (_, alter, older, never) => {
    await open(
      `create table bad (id int primary key, code text unique not null, v text);
       insert into bad values (1, 'a', 'one'), (2, 'b', 'two')`,
    );
    await host.land();
    await host.warehouse.query('alter table clean.bad add constraint short check (length(v) < 10)');
    await host.app.query(
      `update bad set v = 'two, but longer' where id = 2; insert into bad values (3, 'c', 'much too long'), (4, 'd', 'four')`,
    );
    await host.land();
    await host.app.query(`${alter}; update bad set v = 'uno' where id = 1`);
    expect((await host.land()).heldBack).toBeUndefined();
    expect(Object.keys(await quarantined())).toEqual([older, never]);
    expect((await landed()).difference).toBe('0');
    expect((await landed()).rows).toMatch(/^1 uno, (2 two, )?4 four$/);
    const audit = await runActivity(host.activities.auditSource, { source: shop, tables: ['bad'] });
    expect(audit['bad']).toMatchObject({ missing: 0, different: 0, surplus: 0 });

    await host.app.query(`update bad set v = 'short'; delete from bad where id = 3`);
    await host.land();
    expect(await host.difference('bad')).toEqual(equal);
    expect(await landed()).toEqual({ rows: '1 short, 2 short, 4 short', difference: '0' });
    expect(await quarantined()).toEqual({});
  });

  test('by a constraint that an analyst has added go to quarantine too', async () => {
    await open(`create table bad (id int primary key, v int); insert into bad values (1, 10)`);
    await host.land();
    await host.warehouse.query('alter table clean.bad add constraint positive check (v > 0)');
    await host.app.query('insert into bad values (2, -7), (3, 30)');
    expect((await host.land()).heldBack).toBeUndefined();
    expect(await landed()).toEqual({ rows: '1 10, 3 30', difference: '0' });
    expect((await quarantined())['{2}']).toMatch(/^line 2: .*violates check constraint "positive"$/);

    await host.warehouse.query('create unique index on clean.bad (project, v)');
    await host.app.query('insert into bad values (4, 10); update good set v = v || 1');
    const held = (await host.land()).heldBack;
    expect(held).toMatchObject([
      {
        table: 'bad',
        advice: expect.stringMatching(/index that somebody added refuses the row: drop it/) as string,
      },
    ]);
    expect(await host.difference('good')).toEqual(equal);
    await host.app.query('delete from bad where id = 4');

    await host.warehouse.query('alter table clean.bad drop constraint positive');
    await retryQuarantine(host.warehouse, shop);
    await host.land();
    expect(await landed()).toEqual({ rows: '1 10, 2 -7, 3 30', difference: '0' });
    expect(await quarantined()).toEqual({});
  });
});
