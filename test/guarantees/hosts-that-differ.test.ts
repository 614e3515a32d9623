import type { Client } from 'pg';
import { checkSources } from '../../activities/alerts/checks/sources.ts';
import { askWarehouse } from '../../activities/alerts/checks/warehouse.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { readFreshness } from '../../client/status/freshness.ts';
import { quoteIdent } from '../../model/identifier.ts';
import { openStar, openText } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import type { Batch } from '../../model/batch.ts';
import { extractChanges, runActivity, syncOnce } from '../support/sync-once.ts';

const sources = ['project_a', 'project_b'] as const;
type Source = (typeof sources)[number];

let star: Star;
let apps: Record<Source, Client>;

beforeAll(async () => {
  star = await openStar({ hosts: [...sources], tables: { 't*': {} }, timeouts: { alterMs: 0 } });
  apps = { project_a: star.host, project_b: await openText(star.hosts['project_b']!) };
});
afterAll(async () => {
  await apps.project_b.end();
  await star.close();
});
afterEach(async () => {
  for (const app of Object.values(apps)) await app.query('drop schema public cascade; create schema public');
  const { rows } = await star.warehouse.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('clean', 'raw') and table_name ~ '^t\\d*$'`,
  );
  for (const { name } of rows) await star.warehouse.query(`drop table if exists ${name} cascade`);
  await star.warehouse.query('delete from ops.source');
});

const land = (source: Source) => syncOnce(star.activities, source);

/** The rows that one side has, as text and in an order: values as they are printed, and null where a column is missing. */
async function printed(client: Client, from: string, where: string, columns: readonly string[]) {
  const values = columns.map((name) => `(t.${quoteIdent(name)})::text`);
  const { rows } = await client.query<{ row: string }>(
    `select row(${values.join(', ')})::text as row from ${from} t ${where} order by 1`,
  );
  return rows.map(({ row }) => row);
}

async function expectEqual(source: Source, table: string, columns: readonly string[]): Promise<void> {
  expect(await printed(star.warehouse, `clean.${table}`, `where project = '${source}'`, columns)).toEqual(
    await printed(apps[source], table, '', columns),
  );
}

async function typeOf(table: string, column: string): Promise<string> {
  const { rows } = await star.warehouse.query<{ type: string }>(
    `select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = $1::regclass and attname = $2`,
    [`clean.${table}`, column],
  );
  return rows[0]!.type;
}

test('a column has the narrowest type that holds what all hosts have, and each host its own key', async () => {
  await apps.project_a.query(
    `create domain letter as xml; create domain letter_again as letter;
     create table t (id bigint primary key, n bigint, v int[], x xml, xs xml[], l letter_again);
     insert into t values (1, 9007199254740993, '{1}', '<?xml version="1.0"?><a/>', array['<?xml version="1.0"?><b/>'::xml, null], '<?xml version="1.0"?><c/>')`,
  );
  await apps.project_b.query(
    `create table t (id text, n numeric unique not null, v text, x xml); insert into t values ('b', 0.10, '{x', '<b/>')`,
  );
  for (const source of [...sources, ...sources]) await land(source);
  for (const source of sources) await expectEqual(source, 't', ['id', 'n', 'v', 'x']);
  await expectEqual('project_a', 't', ['xs', 'l']);
  const found: Record<string, string> = {};
  for (const column of ['id', 'n', 'v', 'x']) found[column] = await typeOf('t', column);
  expect(found).toEqual({ id: 'text', n: 'numeric', v: 'text', x: 'xml' });

  await apps.project_a.query(
    'update t set n = n + 1; insert into t values (2, 1); delete from t where id = 3',
  );
  await apps.project_b.query(`delete from t; insert into t values ('c', 1), ('c', 2)`);
  for (const source of sources) {
    await land(source);
    await expectEqual(source, 't', ['id', 'n', 'v', 'x']);
  }
  expect(await syncOnce(star.activities, 'project_a').then(({ tables }) => tables['t']!.updated)).toBe(0);
});

test('a date keeps the text of its host, whatever the column becomes for others', async () => {
  await apps.project_a.query(
    `create table t (id int primary key, d date, ds date[]); insert into t values (1, '2024-01-02', '{2024-01-02}'), (2, null, null)`,
  );
  await apps.project_b.query('create table t (id int primary key, d timestamp, ds timestamp[])');
  for (const source of sources) await land(source);
  for (const type of ['timestamptz', 'text']) {
    await apps.project_b.query(`alter table t alter d type ${type}, alter ds type ${type}[]`);
    await land('project_b');
  }
  await expectEqual('project_a', 't', ['id', 'd', 'ds']);
});

test('a type that may lose values keeps the wider column, and what other hosts have landed', async () => {
  for (const source of sources)
    await apps[source].query(`create table t (id int primary key, n text); insert into t values (1, '007')`);
  for (const source of sources) await land(source);
  await apps.project_b.query('alter table t alter n type int using n::int; insert into t values (2, 8)');
  for (const source of sources) {
    await land(source);
    await expectEqual(source, 't', ['id', 'n']);
  }
  expect(await typeOf('t', 'n')).toBe('text');
  expect(await printed(star.warehouse, 'clean.t', '', ['project', 'n'])).toEqual([
    '(project_a,007)',
    '(project_b,7)',
    '(project_b,8)',
  ]);
});

test('views, indexes and columns of an analyst outlast a type that changes below them', async () => {
  await apps.project_a.query(
    `create table t (id int primary key, n int, d date); insert into t values (1, 2, '2024-01-02')`,
  );
  await land('project_a');
  await star.warehouse.query(
    `create role analyst_of_t;
     alter table clean.t add column twice numeric generated always as (n * 2) stored, add column remark text default 'mine';
     create index on clean.t (n); create index twice_of_t on clean.t (twice, remark) where twice > 0;
     alter table clean.t add constraint odd check (twice is null or n is not null);
     create view clean.seen with (security_barrier) as select id, n + 1 as next, twice, d from clean.t;
     create view clean.seen_again as select next from clean.seen;
     comment on view clean.seen is 'mine'; grant select on clean.seen to analyst_of_t`,
  );
  await apps.project_a.query(
    `alter table t alter n type numeric, alter d type timestamp; insert into t values (2, 1.5, '2024-01-02 03:04:05')`,
  );
  await land('project_a');
  await expectEqual('project_a', 't', ['id', 'n', 'd']);
  const { rows } = await star.warehouse.query(
    `select next, twice, (select count(*) from clean.seen_again) as again, remark,
            obj_description('clean.seen'::regclass) as comment, has_table_privilege('analyst_of_t', 'clean.seen', 'select') as granted,
            (select reloptions from pg_class where oid = 'clean.seen'::regclass) as options,
            (select count(*) from pg_inherits where inhparent = 'clean.twice_of_t'::regclass)
              + (select count(*) from pg_constraint where conname = 'odd') as kept
     from clean.seen join clean.t using (id, twice) order by id`,
  );
  expect(rows).toEqual(
    [
      { next: '3', twice: '4' },
      { next: '2.5', twice: '3.0' },
    ].map((row) => ({
      ...{ ...row, again: '2', remark: 'mine' },
      ...{ comment: 'mine', granted: 't', options: '{security_barrier=true}', kept: '3' },
    })),
  );
  await star.warehouse.query('drop owned by analyst_of_t; drop role analyst_of_t');

  // A source that comes later has them too.
  await star.warehouse.query('create unique index on clean.t (project, n)');
  await apps.project_b.query('create table t (id int primary key, n int); insert into t values (5, 6)');
  expect((await land('project_b')).heldBack).toBeUndefined();
  const { rows: later } = await star.warehouse.query(
    `select id, twice, remark from clean.t where project = 'project_b'`,
  );
  expect(later).toEqual([{ id: '5', twice: '12', remark: 'mine' }]);
});

test('a column of a key that would be json for another host holds back the table of the host that comes later', async () => {
  await apps.project_a.query(`create table t (id jsonb primary key); insert into t values ('{"a": 1}')`);
  await apps.project_b.query(
    `create table t (n int primary key, id json); create table t2 (id int primary key); insert into t values (1, '[]')`,
  );
  await land('project_a');
  const landed = await land('project_b');
  expect(landed.heldBack).toMatchObject([
    {
      table: 't',
      advice: expect.stringMatching(/operator class.*another name in the config, with as/) as string,
    },
  ]);
  expect(landed.tables).toHaveProperty('t2');
  expect((await land('project_a')).heldBack).toBeUndefined();
  await expectEqual('project_a', 't', ['id']);
});

test('a column of an analyst gets another name, with its values, when the source brings one of its name', async () => {
  await apps.project_a.query(
    `create table t (id int primary key, n int, total_ int); insert into t values (1, 2, 3)`,
  );
  await land('project_a');
  await star.warehouse.query(
    `alter table clean.t add column total numeric generated always as (n * 2) stored, add column remark text default 'mine',
       add column amount int; create index on clean.t (total);
     update clean.t set remark = 'seen', amount = 7;
     create view clean.seen as select id, total, remark, amount from clean.t`,
  );
  await apps.project_a.query(
    'alter table t add total text, add remark int; insert into t values (2, 5, 6, $$seven$$, 8)',
  );
  expect((await land('project_a')).heldBack).toBeUndefined();
  await apps.project_a.query('alter table t rename n to amount; update t set amount = 1 where id = 2');
  expect((await land('project_a')).heldBack).toBeUndefined();
  await expectEqual('project_a', 't', ['id', 'amount', 'total_', 'total', 'remark']);
  const { rows } = await star.warehouse.query(
    'select id, s.total, s.remark, s.amount, total__, remark_, amount_ from clean.seen s join clean.t using (id) order by 1',
  );
  const both = (total: string, remark: string, amount: string | null) => ({
    ...{ total, remark, amount },
    ...{ total__: total, remark_: remark, amount_: amount },
  });
  expect(rows).toEqual([
    { id: '1', ...both('4', 'seen', '7') },
    { id: '2', ...both('2', 'mine', null) },
  ]);
  expect((await land('project_a')).tables['t']).toMatchObject({ extracted: 0 });
});

test('what a change of type cannot make again is named, and only that table waits', async () => {
  await apps.project_a.query(
    `create table t (id int primary key, n int); create table t2 (id int primary key); insert into t values (1, 2)`,
  );
  await land('project_a');
  await star.warehouse.query('create materialized view clean.kept as select n from clean.t');
  await apps.project_a.query('alter table t alter n type numeric; insert into t2 values (1)');
  const landed = await land('project_a');
  expect(landed.heldBack).toMatchObject([
    {
      table: 't',
      problem: expect.stringContaining('materialized view clean.kept') as string,
      sql: 'drop materialized view clean.kept',
    },
  ]);
  expect(landed.tables['t2']).toMatchObject({ inserted: 1 });
  await star.warehouse.query(landed.heldBack![0]!.sql!);
  // A trigger on a view would be lost with the view.
  await star.warehouse
    .query(`create view clean.entry as select n from clean.t; create function clean.enter() returns trigger language plpgsql as 'begin return new; end';
    create trigger entered instead of insert on clean.entry for each row execute function clean.enter()`);
  const [entry] = (await land('project_a')).heldBack!;
  expect(entry!.problem).toContain('trigger entered on clean.entry');
  await star.warehouse.query(entry!.sql!);
  expect((await land('project_a')).heldBack).toBeUndefined();

  await star.warehouse.query('create view clean.summed as select sum(n) as total from clean.t');
  await apps.project_a.query(`alter table t alter n type text; update t set n = 'two'`);
  const [held] = (await land('project_a')).heldBack!;
  expect(held).toMatchObject({
    problem: expect.stringContaining('does not fit the view clean.summed') as string,
  });
  await star.warehouse.query(held!.sql!);
  await land('project_a');
  await expectEqual('project_a', 't', ['id', 'n']);
});

test('a table that is in use when its type changes waits for the next run, and says for whom', async () => {
  await apps.project_a.query(
    `create table t (id int primary key, n int); create table t2 (id int primary key); insert into t values (1, 2)`,
  );
  await land('project_a');
  await apps.project_a.query('alter table t alter n type numeric; insert into t2 values (1)');
  const reader = await openText(star.warehouseUrl);
  try {
    await reader.query(`set application_name = 'long report'; begin; select * from clean.t`);
    const landed = await land('project_a');
    expect(landed.heldBack).toMatchObject([
      {
        table: 't',
        problem: expect.stringMatching(/in use: clean\.t is in use by process \d+ \(long report/) as string,
      },
    ]);
    expect(landed.tables['t2']).toMatchObject({ inserted: 1 });
  } finally {
    await reader.end();
  }
  expect((await land('project_a')).heldBack).toBeUndefined();
  expect(await typeOf('t', 'n')).toBe('numeric');
});

/** What the health check says of the columns that a source has dropped. */
async function droppedColumns() {
  const config = await star.config.read();
  const { sources: healths } = await askWarehouse({ config }, star.config, defaultTimeouts);
  return checkSources({ config }, healths).flatMap((problem) =>
    problem.kind === 'dropped columns' ? [`${problem.subject}: ${problem.columns}`] : [],
  );
}

test('a dropped column is an incident while a view reads it, and harmless otherwise', async () => {
  await apps.project_a.query(
    'create table t (id int primary key, amount numeric, note text); insert into t values (1, 5)',
  );
  await apps.project_b.query('create table t (id int primary key)');
  for (const source of sources) await land(source);
  await star.warehouse.query(
    `create view clean.revenue as select sum(amount) as total from clean.t;
     create materialized view clean.kept as select amount from clean.t`,
  );
  await apps.project_a.query('alter table t drop amount, drop note; insert into t values (2)');
  await land('project_a');
  await land('project_b');
  expect(await droppedColumns()).toEqual(['columns/project_a: t.amount (clean.kept, clean.revenue)']);
  const { rows } = await star.warehouse.query(
    'select id, amount from clean.t where project = $1 order by 1',
    ['project_a'],
  );
  expect(rows).toEqual([
    { id: '1', amount: '5' },
    { id: '2', amount: null },
  ]);

  await star.warehouse.query('drop materialized view clean.kept; drop view clean.revenue');
  expect(await droppedColumns()).toEqual([]);
  await star.warehouse.query('create view clean.revenue as select sum(amount) as total from clean.t');
  expect(await droppedColumns()).toEqual(['columns/project_a: t.amount (clean.revenue)']);
  await apps.project_a.query('alter table t add amount numeric');
  await land('project_a');
  expect(await droppedColumns()).toEqual([]);
  await star.warehouse.query('drop view clean.revenue');
});

test('a renamed column is followed with its values and views once every source has renamed it', async () => {
  for (const source of sources)
    await apps[source].query(
      `create table t (id int primary key, v text, n int); insert into t values (1, '${source}', 1)`,
    );
  for (const source of sources) await land(source);
  await star.warehouse.query(
    'create view clean.seen as select id, v from clean.t; create index on clean.t (v)',
  );
  const inClean = async (column: string) =>
    (
      await star.warehouse.query<Record<'id' | 'value', string>>(
        `select project || id as id, ${column} as value from clean.t order by 1`,
      )
    ).rows.map(({ id, value }) => `${id} ${value}`);

  await apps.project_a.query(`alter table t rename v to note; insert into t values (2, 'new')`);
  await land('project_a');
  expect(await inClean('v')).toEqual(['project_a1 project_a', 'project_a2 new', 'project_b1 project_b']);
  const { sources: shown } = { sources: await readFreshness(star.warehouse, await star.config.read()) };
  expect(shown['project_a']!.tables['t']!.renamedColumns).toEqual({ v: 'note' });

  await apps.project_b.query(`alter table t rename v to note; insert into t values (2, 'new')`);
  for (const source of ['project_b', 'project_a'] as const) await land(source);
  for (const source of sources) await expectEqual(source, 't', ['id', 'note', 'n']);
  expect((await star.warehouse.query('select v from clean.seen order by 1')).rows).toEqual(
    ['new', 'new', 'project_a', 'project_b'].map((v) => ({ v })),
  );
  const { rows } = await star.warehouse.query(
    `select string_agg(attname, ' ' order by attnum) as columns from pg_attribute
     where attrelid = 'clean.t'::regclass and attnum > 0 and not attisdropped`,
  );
  expect(rows).toEqual([{ columns: 'project id note n batch' }]);
  expect(await droppedColumns()).toEqual([]);
  const again = await land('project_a');
  expect(again.tables['t']).toMatchObject({ extracted: 0 });
});

test('a column that is renamed in the warehouse, or dropped there, while a batch is on its way costs no value', async () => {
  for (const source of sources)
    await apps[source].query(
      `create table t (id int primary key, v text, n int); insert into t values (1, '${source}', 1), (2, 'x', 1)`,
    );
  for (const source of sources) await land(source);
  for (const [from, to, loads] of [
    ['v', 'note', false],
    ['note', 'remark', true],
  ] as const) {
    await apps.project_b.query(`alter table t rename ${from} to ${to}; update t set n = n + 1 where id = 1`);
    await land('project_b');
    await apps.project_b.query(`update t set ${to} = 'late' || n where id = 1`);
    const batch = await extractChanges(star.activities, 'project_b');
    if (loads) await runActivity(star.activities.loadRaw, batch);
    await apps.project_a.query(`alter table t rename ${from} to ${to}`);
    await land('project_a');
    const next = loads ? star.activities.upsert : star.activities.loadRaw;
    await expect(runActivity<[Batch], unknown>(next, batch)).rejects.toMatchObject({ type: 'BatchLost' });
    await land('project_b');
    for (const source of sources) await expectEqual(source, 't', ['id', to, 'n']);
  }
  await star.warehouse.query('alter table clean.t drop n');
  await apps.project_b.query('update t set n = 7 where id = 1');
  await land('project_b');
  await expectEqual('project_b', 't', ['id', 'remark', 'n']);
  const { rows } = await star.warehouse.query(
    `select string_agg(attname, ' ' order by attname) as columns from pg_attribute
     where attrelid = 'clean.t'::regclass and attnum > 0 and not attisdropped`,
  );
  expect(rows).toEqual([{ columns: 'batch id n project remark' }]);
});
