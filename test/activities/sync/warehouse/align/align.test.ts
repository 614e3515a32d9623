import type { Client } from 'pg';
import type { HeldBack, Manifest } from '../../../../../model/batch.ts';
import type { ListedTable } from '../../../../../client/tables/tables.ts';
import { eventually } from '../../../../support/eventually.ts';
import { changes, equal, openHost } from '../../../../support/host.ts';
import { printedSql } from '../../../../support/printed-sql.ts';
import type { Host } from '../../../../support/host.ts';
import { openText } from '../../../../support/star.ts';
import { openWire } from '../../../../support/wire.ts';

const timeouts = { sourceLockMs: 300, sourceLockPauseMs: 10 };

let host: Host;
let manifest: Manifest;
/** Another connection of the application. */
let migration: Client;

beforeAll(async () => {
  host = await openHost({
    timeouts,
    onStaged(_client, seen) {
      manifest = seen;
      return Promise.resolve();
    },
  });
  migration = await openText(`${host.url}?application_name=nightly-migration`);
});
afterEach(() => migration.query('rollback'));
afterAll(async () => {
  await migration.end();
  await host.close();
});

/** Creates tables, makes them the only ones in the config, and lands them. */
async function landed(ddl: string, ...tables: string[]): Promise<void> {
  await host.app.query(ddl);
  host.tables = Object.fromEntries(tables.map((table) => [table, {}]));
  await host.land();
}

const tenRows = (table: string) =>
  `create table ${table} (id integer primary key, v text);
   insert into ${table} select i, 'row ' || i from generate_series(1, 10) i;`;

/** Why the next run would hold the table back, or the last one has; undefined when neither. */
async function foreseen(of: Host, table: string): Promise<string | undefined> {
  const { stdout } = await of.tidehouse('tables', '--json');
  return (JSON.parse(stdout) as { tables: ListedTable[] }).tables.find(({ as }) => as === table)!.heldBack;
}

/** Makes a run that waits at a statement of its source with this text for `change`, or until this lets it go. */
async function landWhile(at: string, change: (release: () => void) => Promise<unknown>): Promise<void> {
  const direct = host.url;
  const wire = await openWire(direct);
  host.url = wire.url;
  try {
    const held = wire.holdAt(at);
    const run = host.land();
    await held;
    let isHeld = true;
    const release = () => {
      if (isHeld) wire.release();
      isHeld = false;
    };
    await change(release);
    release();
    await run;
  } finally {
    host.url = direct;
    await wire.close();
  }
}

const readWhole = () => manifest.tables.filter(({ whole }) => whole).map(({ table }) => table);

describe('a change that touches no row:', () => {
  test('a column added with a default is in existing rows', async () => {
    await landed(tenRows('plans'), 'plans');
    await host.app.query(`alter table plans add column tier text default 'free'`);
    expect(changes(await host.land(), 'plans')).toEqual({ updated: 10 });
    expect(await host.difference('plans')).toEqual(equal);
  });

  test('a column dropped and added again with the same name has the new values', async () => {
    await host.app.query(
      `begin; alter table plans drop column tier; alter table plans add column tier text default 'paid'; commit`,
    );
    expect(changes(await host.land(), 'plans')).toEqual({ updated: 10 });
    expect(await host.difference('plans')).toEqual(equal);
  });

  test('a dropped column keeps its values in clean, and is null in rows written since', async () => {
    await host.app.query('alter table plans drop column tier');
    expect(changes(await host.land(), 'plans')).toEqual({});
    expect(readWhole()).toEqual([]);
    await host.app.query(`insert into plans values (11, 'new'); update plans set v = 'changed' where id = 1`);
    expect(changes(await host.land(), 'plans')).toEqual({ inserted: 1, updated: 1 });
    const { rows } = await host.warehouse.query(
      `select id from clean.plans where tier is distinct from 'paid' order by id`,
    );
    expect(rows).toEqual([{ id: '1' }, { id: '11' }]);
  });

  test('a renamed column is renamed in clean, with its values', async () => {
    await host.app.query('alter table plans rename v to description');
    expect(changes(await host.land(), 'plans')).toEqual({ unchanged: 11 });
    expect(await host.difference('plans')).toEqual(equal);
    const { rows } = await host.warehouse.query(
      `select attrelid::regclass as table from pg_attribute where attname = 'v' and attrelid in ('clean.plans'::regclass, 'raw.plans'::regclass)`,
    );
    expect(rows).toEqual([]);
  });

  test('two columns that swapped names have swapped values', async () => {
    await landed(
      'create table swapped (id integer primary key, a text, b text); insert into swapped values (1, $$a$$, $$b$$)',
      'swapped',
    );
    await host.app.query(
      'begin; alter table swapped rename a to c; alter table swapped rename b to a; alter table swapped rename c to b; commit',
    );
    await host.land();
    expect(await host.difference('swapped')).toEqual(equal);
  });

  test('a renamed enum label is renamed in existing rows', async () => {
    await landed(
      `create type mood as enum ('sad', 'happy'); create table moods (id integer primary key, mood mood);
       insert into moods values (1, 'sad'), (2, 'happy')`,
      'moods',
    );
    await host.app.query(`alter type mood rename value 'sad' to 'blue'`);
    await host.land();
    expect(await host.difference('moods')).toEqual(equal);
  });

  test.each(['vacuum full moods', 'cluster moods using moods_pkey'])(
    '%s changes nothing',
    async (statement) => {
      await host.app.query(statement);
      const run = await host.land();
      expect(run.batches).toHaveLength(1);
      expect(changes(run, 'moods')).toEqual({});
      expect(await host.difference('moods')).toEqual(equal);
    },
  );

  test('a recreated table replaces the old one', async () => {
    await landed(tenRows('replaced'), 'replaced');
    await host.app.query(
      `begin; alter table replaced rename to replaced_old; create table replaced (like replaced_old including all);
       insert into replaced select id + 5, v from replaced_old; commit`,
    );
    expect(changes(await host.land(), 'replaced')).toEqual({ inserted: 5, updated: 5, deleted: 5 });
    expect(await host.difference('replaced')).toEqual(equal);
  });

  test('a renamed table replaces the old one, even if it is older than any snapshot', async () => {
    await host.app.query('begin; drop table replaced; alter table replaced_old rename to replaced; commit');
    await host.land();
    expect(await host.difference('replaced')).toEqual(equal);
  });
});

describe('a column that is added without a default', () => {
  const added = async (name: string, more = '') => {
    await landed(tenRows(name), name);
    await host.app.query(`alter table ${name} add column w text; ${more}`);
  };
  const landsUnread = async (name: string, expected: Record<string, number>) => {
    const run = await host.land();
    expect([run.batches.length, readWhole(), changes(run, name)]).toEqual([1, [], expected]);
    expect(await host.difference(name)).toEqual(equal);
    expect((await host.land()).batches).toEqual([]);
  };

  test('is in clean, and its table is not read for it', async () => {
    await added('empty_column');
    await landsUnread('empty_column', {});
    await host.app.query(`update empty_column set w = 'x' where id = 1`);
    expect(changes(await host.land(), 'empty_column')).toEqual({ updated: 1 });
    expect(await host.difference('empty_column')).toEqual(equal);
  });

  test('has the values of rows written since', async () => {
    await added(
      'written',
      `update written set w = 'x' where id <= 2; insert into written values (11, 'new', 'y')`,
    );
    await landsUnread('written', { updated: 2, inserted: 1 });
  });

  test('and later a default has the rows of before empty', async () => {
    await added(
      'defaulted',
      `alter table defaulted alter w set default 'later'; insert into defaulted values (11)`,
    );
    await landsUnread('defaulted', { inserted: 1 });
  });

  test('while another is dropped leaves the values of that in clean', async () => {
    await added('swapped_for', `alter table swapped_for drop v; update swapped_for set w = 'x' where id = 1`);
    const run = await host.land();
    expect([run.batches.length, readWhole(), changes(run, 'swapped_for')]).toEqual([1, [], { updated: 1 }]);
    const { rows } = await host.warehouse.query(
      'select v, w from clean.swapped_for where id <= 2 order by id',
    );
    expect(rows).toEqual([
      { v: null, w: 'x' },
      { v: 'row 2', w: null },
    ]);
  });

  test('has deletes of the same time applied', async () => {
    await added('deleted_too', 'delete from deleted_too where id = 3');
    const run = await host.land();
    expect([run.batches.length, readWhole(), changes(run, 'deleted_too')]).toEqual([2, [], { deleted: 1 }]);
    expect(await host.difference('deleted_too')).toEqual(equal);
  });

  test('to a partitioned table is in each partition', async () => {
    await landed(
      `create table parted (id integer primary key, v text) partition by range (id);
       create table parted_1 partition of parted for values from (1) to (6);
       create table parted_2 partition of parted for values from (6) to (99);
       insert into parted select i, 'row ' || i from generate_series(1, 10) i`,
      'parted',
    );
    await host.app.query(
      `alter table parted add column w text; update parted set w = 'x' where id in (1, 7)`,
    );
    await landsUnread('parted', { updated: 2 });
    await host.app.query(`alter table parted add column d text default 'd'`);
    expect(changes(await host.land(), 'parted')).toEqual({ updated: 10 });
    expect(await host.difference('parted')).toEqual(equal);
  });

  test.each([
    ['filled by a rewrite', `alter table {} alter w type integer using id`],
    [
      'given its values before a default was dropped',
      `alter table {} drop w, add w text default 'x'; alter table {} alter w drop default`,
    ],
    ['next to one with a default', `alter table {} add x text default 'x'`],
    ['next to one that is generated', `alter table {} add x text generated always as (v || '!') stored`],
    ['next to one that counts', `alter table {} add x integer generated always as identity`],
    ['of a domain with a default', `create domain said as text default 'x'; alter table {} add x said`],
    ['and renamed to what another was', `alter table {} drop v; alter table {} rename w to v`],
  ])('but %s is read whole', async (title, sql) => {
    const name = `but_${title.replaceAll(' ', '_')}`;
    await added(name, sql.replaceAll('{}', name));
    await host.land();
    expect(readWhole()).toEqual([name]);
    const { rows } = await host.app.query<{ column: string }>(
      `select column_name as column from information_schema.columns where table_name = '${name}'`,
    );
    expect(
      await host.difference(
        name,
        rows.map(({ column }) => column),
      ),
    ).toEqual(equal);
  });

  test('but chosen only later, when rows that landed without it have values, has them', async () => {
    await landed(tenRows('chosen_later'), 'chosen_later');
    host.tables = { chosen_later: { columns: { only: ['id', 'v'] } } };
    await host.land();
    await host.app.query(
      `alter table chosen_later add column w text; update chosen_later set w = 'x' where id = 1`,
    );
    await host.land();
    host.tables = { chosen_later: {} };
    expect(changes(await host.land(), 'chosen_later')).toMatchObject({ updated: 1 });
    expect(await host.difference('chosen_later')).toEqual(equal);
  });

  test('but not chosen, while a run begins, is known to have been there', async () => {
    await landed(tenRows('meanwhile'), 'meanwhile');
    host.tables = { meanwhile: { columns: { only: ['id', 'v'] } } };
    await host.app.query(`update meanwhile set v = 'changed' where id = 2`);
    await landWhile('lock table', () =>
      host.app.query(`alter table meanwhile add column w text; update meanwhile set w = 'x' where id = 1`),
    );
    host.tables = { meanwhile: {} };
    await host.land();
    expect(await host.difference('meanwhile')).toEqual(equal);
  });

  test('but by a name that an analyst uses leaves the analyst those values', async () => {
    await landed(tenRows('annotated'), 'annotated');
    await host.warehouse.query(`alter table clean.annotated add column w text default 'mine'`);
    await host.app.query('alter table annotated add column w text');
    await landsUnread('annotated', {});
    const { rows } = await host.warehouse.query('select distinct w_ from clean.annotated');
    expect(rows).toEqual([{ w_: 'mine' }]);
  });

  test('and dropped and added again has no values of before', async () => {
    await added('again', `update again set w = 'x'`);
    await host.land();
    await host.app.query('alter table again drop w');
    await host.land();
    await host.app.query('alter table again add column w text');
    await host.land();
    expect(await host.difference('again')).toEqual(equal);
  });
});

test('columns that an analyst added to clean keep their values when rows change', async () => {
  await landed(tenRows('remarked'), 'remarked');
  await host.warehouse.query(`alter table clean.remarked add column remark text default 'new';
    update clean.remarked set remark = 'seen' where id <= 5`);
  await host.app.query(
    `update remarked set v = 'changed' where id <= 2; insert into remarked values (11, 'row 11')`,
  );
  expect(changes(await host.land(), 'remarked')).toEqual({ inserted: 1, updated: 2 });
  const { rows } = await host.warehouse.query(
    'select remark, count(*)::int as rows from clean.remarked group by 1 order by 1',
  );
  expect(rows).toEqual([
    { remark: 'new', rows: '6' },
    { remark: 'seen', rows: '5' },
  ]);
});

describe('partitions', () => {
  beforeAll(() =>
    landed(
      `create table parts (day integer, id integer, v text, primary key (day, id)) partition by range (day);
       create table parts_1 partition of parts for values from (1) to (2);
       create table parts_2 partition of parts for values from (2) to (3);
       create table parts_rest partition of parts default;
       insert into parts select 1 + i % 4, i, 'row' from generate_series(1, 40) i;
       create table loose (like parts including all);
       insert into loose select 9, i, 'older than any snapshot' from generate_series(1, 7) i`,
      'parts',
    ),
  );
  afterEach(async () => expect(await host.difference('parts')).toEqual(equal));

  test('that are attached bring their rows, although no recent transaction wrote them', async () => {
    await host.land();
    await host.app.query('alter table parts attach partition loose for values from (9) to (10)');
    expect(changes(await host.land(), 'parts')).toEqual({ inserted: 7, unchanged: 40 });
  });

  test('that are detached take their rows with them', async () => {
    await host.app.query('alter table parts detach partition loose');
    expect(changes(await host.land(), 'parts')).toEqual({ deleted: 7 });
  });

  test('can replace each other in one transaction', async () => {
    await host.app.query(
      `begin; alter table parts detach partition parts_1; update loose set day = 1; alter table parts attach partition loose for values from (1) to (2); commit`,
    );
    expect(changes(await host.land(), 'parts')).toMatchObject({
      inserted: expect.any(Number) as number,
      deleted: expect.any(Number) as number,
    });
  });

  test('that are detached concurrently take their rows with them', async () => {
    await host.app.query('drop table parts_rest');
    await host.land();
    await host.app.query('alter table parts detach partition parts_2 concurrently');
    expect(changes(await host.land(), 'parts')).toEqual({ deleted: 10 });
  });

  test('can be added, truncated and dropped', async () => {
    await host.app.query(
      `create table parts_5 partition of parts for values from (5) to (6); insert into parts values (5, 1, 'x'), (5, 2, 'y')`,
    );
    expect(changes(await host.land(), 'parts')).toMatchObject({ inserted: 2 });
    await host.app.query(`truncate parts_5; insert into parts values (5, 3, 'z')`);
    expect(changes(await host.land(), 'parts')).toEqual({ inserted: 1, deleted: 2 });
    await host.app.query('drop table parts_5');
    expect(changes(await host.land(), 'parts')).toEqual({ deleted: 1 });
  });

  test('can exchange rows, and can have partitions themselves', async () => {
    await host.app.query(
      `create table parts_tree partition of parts for values from (20) to (30) partition by list (day);
       create table parts_20 partition of parts_tree for values in (20); create table parts_21 partition of parts_tree for values in (21);
       insert into parts select 20, i, 'deep' from generate_series(1, 5) i`,
    );
    await host.land();
    await host.app.query('update parts set day = 21 where day = 20 and id < 3');
    expect(changes(await host.land(), 'parts')).toMatchObject({ inserted: 2, deleted: 2 });
  });

  test('can all be dropped', async () => {
    await host.app.query('drop table loose, parts_tree');
    await host.land();
    const { rows } = await host.warehouse.query('select count(*) from clean.parts');
    expect(rows).toEqual([{ count: '0' }]);
    expect(readWhole()).toEqual([]);
  });
});

describe('a partition that is attached to two tables while they are read', () => {
  const parts = ['in_1', 'in_2'] as const;

  test('is in both or in none', async () => {
    for (const name of parts)
      await host.app.query(
        `create table ${name} (day integer, id integer, primary key (day, id)) partition by list (day);
         create table ${name}_1 partition of ${name} for values in (1); insert into ${name} values (1, 1);
         create table ${name}_2 (like ${name} including all); insert into ${name}_2 values (2, 1), (2, 2)`,
      );
    host.tables = { in_1: {}, in_2: {} };

    await landWhile('from "public"."in_2"', () =>
      migration.query(
        `begin; alter table in_1 attach partition in_1_2 for values in (2); alter table in_2 attach partition in_2_2 for values in (2); commit`,
      ),
    );
    const counted: string[] = [];
    for (const name of parts) {
      const { rows } = await host.warehouse.query<{ count: string }>(`select count(*) from clean.${name}`);
      counted.push(rows[0]!.count);
      expect(await host.difference(name)).toEqual(equal);
    }
    expect(counted).toEqual(['3', '3']);
    expect(readWhole()).toEqual(['in_1', 'in_2']);
  });
});

describe('an unavailable lock', () => {
  beforeAll(() => landed(`${tenRows('busy')} ${tenRows('calm')}`, 'calm', 'busy'));
  beforeEach(() => host.app.query(`update busy set v = v || '!'; update calm set v = v || '!'`));

  async function expectHeldBack(who: RegExp): Promise<void> {
    const { heldBack } = await host.land();
    expect(heldBack).toMatchObject([{ table: 'busy', problem: expect.stringMatching(who) as string }]);
    const [{ problem, advice }] = heldBack as [HeldBack];
    expect(problem).toMatch(/^for 0\.3 s it could not be read: /);
    const see = /at the source: (select .*); To end it:$/.exec(advice!)![1]!;
    expect((await host.app.query(see)).rowCount).toBe(1);
    expect(await host.difference('calm')).toEqual(equal);
  }

  async function expectLandsAfterwards(): Promise<void> {
    await migration.query('commit');
    await host.land();
    for (const table of ['busy', 'calm']) expect(await host.difference(table)).toEqual(equal);
  }

  async function pidOf(client: Client): Promise<string> {
    return (await client.query<{ pid: string }>('select pg_backend_pid() as pid')).rows[0]!.pid;
  }

  test('holds back its table alone, names the holder, and the next run lands', async () => {
    await migration.query('begin; lock table busy in access exclusive mode');
    const pid = await pidOf(migration);
    await expectHeldBack(
      new RegExp(`it is locked by process ${pid} \\(nightly-migration\\) since \\d\\d:\\d\\d:\\d\\d UTC$`),
    );
    await expectLandsAfterwards();
  });

  test('of the only table fails the run, and is gone once its holder is ended as the run says', async () => {
    const holder = await openText(host.url);
    holder.on('error', () => undefined);
    host.tables = { busy: {} };
    await holder.query('begin; lock table busy in access exclusive mode');
    const failure = await host.refused();
    expect(failure).toMatchObject({ type: 'Unavailable', nonRetryable: false });
    const [, end] = failure.message.split('\n');
    expect((await host.app.query(end!)).rowCount).toBe(1);
    host.tables = { calm: {}, busy: {} };
    await host.land();
    expect(await host.difference('busy')).toEqual(equal);
  });

  test('that a migration waits for is reported with the migration and the session that it waits for', async () => {
    const report = await openText(`${host.url}?application_name=long-report`);
    try {
      await report.query('begin; select count(*) from busy');
      const [pid, reportPid] = [await pidOf(migration), await pidOf(report)];
      const waiting = migration.query('begin; lock table busy in access exclusive mode');
      await expectHeldBack(
        new RegExp(
          `it is locked by process ${pid} \\(nightly-migration\\) since [\\d:]+ UTC, which itself is waiting for process ${reportPid} \\(long-report\\)$`,
        ),
      );
      await report.query('commit');
      await waiting;
      await expectLandsAfterwards();
    } finally {
      await report.end();
    }
  });

  test('on an index is reported with the index', async () => {
    await migration.query('begin; reindex index busy_pkey');
    await expectHeldBack(/its "busy_pkey" is locked by process \d+ \(nightly-migration\)/);
    await expectLandsAfterwards();
  });

  test('on a table that only a view reads holds back the view, and is reported with the table', async () => {
    await host.app.query(`
      create table unchosen (id integer); insert into unchosen values (1);
      create view inner_view as select id from unchosen;
      create view busy_view as select id from inner_view`);
    host.tables = { calm: {}, busy_view: {} };
    await host.land();
    await host.app.query(`insert into unchosen values (2)`);
    await migration.query('begin; lock table unchosen in access exclusive mode');
    const { heldBack } = await host.land();
    expect(heldBack).toMatchObject([
      {
        table: 'busy_view',
        problem: expect.stringMatching(
          /its "unchosen" is locked by process \d+ \(nightly-migration\)/,
        ) as string,
      },
    ]);
    await migration.query('commit');
    await host.land();
    expect(await host.difference('busy_view')).toEqual(equal);
    host.tables = { calm: {}, busy: {} };
    await host.land();
  });

  test('on a partition is reported with the partition', async () => {
    await host.app.query(
      `alter table busy rename to busy_0;
       create table busy (id integer, v text, primary key (id)) partition by range (id);
       create table busy_1 partition of busy for values from (0) to (100);
       insert into busy select * from busy_0`,
    );
    await migration.query('begin; lock table busy_1 in access exclusive mode');
    await expectHeldBack(/its "busy_1" is locked by process \d+ \(nightly-migration\)/);
    await expectLandsAfterwards();
  });
});

describe('a migration that takes the same locks in the opposite order', () => {
  beforeAll(() => landed(`${tenRows('lower')} ${tenRows('upper')}`, 'lower', 'upper'));
  beforeEach(() => host.app.query(`update lower set v = v || '!'; update upper set v = v || '!'`));

  test('gets them without waiting while a run begins', async () => {
    await migration.query('begin; lock table upper in access exclusive mode');
    const run = host.land();
    await migration.query(`set local lock_timeout = '5s'; lock table lower in access exclusive mode; commit`);
    await run;
    expect(await host.difference('upper')).toEqual(equal);
  });

  test('gets them while a run reads, even for an index, and is not the victim of a deadlock', async () => {
    await landWhile('from only "public"."upper"', async (release) => {
      await migration.query('begin; reindex index upper_pkey');
      release();
      await eventually('the run waits for the index or has given way', async () => {
        const { rows } = await host.app.query<{ waits: string }>(
          `select from pg_stat_activity where application_name = 'tidehouse' and datname = current_database()
             and (wait_event_type = 'Lock' or state = 'idle')`,
        );
        return rows.length > 0;
      });
      await migration.query('lock table lower in access exclusive mode; commit');
    });
    expect(await host.difference('upper')).toEqual(equal);
  });
});

test('a column that has to wait for a query is added once that has ended, and other queries wait for about a second at most', async () => {
  await landed(tenRows('busy_here'), 'busy_here');
  await host.app.query(`alter table busy_here add column tier text default 'free'`);
  const analyst = await openText(host.warehouseUrl);
  await analyst.query('begin; select from clean.busy_here');
  const run = host.land();
  await eventually('the run waits to alter the table', async () => {
    const { rows } = await host.warehouse.query(
      `select from pg_locks where relation = 'clean.busy_here'::regclass and mode = 'AccessExclusiveLock' and not granted`,
    );
    return rows.length > 0;
  });
  const begun = performance.now();
  await host.warehouse.query('select count(*) from clean.busy_here');
  expect(performance.now() - begun).toBeLessThan(2_500);
  await analyst.query('commit');
  expect(changes(await run, 'busy_here')).toEqual({ updated: 10 });
  expect(await host.difference('busy_here')).toEqual(equal);
  await analyst.end();
});

describe('a changed column type', () => {
  const retype = async (table: string, to: string, value: string) => {
    await host.app.query(
      `alter table ${table} alter column "the column" type ${to} using "the column"::${to}; insert into ${table} values (3, ${value})`,
    );
    await host.land();
    const column = `case when v is not null then concat(v) end as v`;
    const read = async (client: Client, from: string) => {
      const { rows } = await client.query<Record<'id' | 'v', string>>(
        `select id, ${column} from (select id::int, "the column" as v from ${from}) t order by 1`,
      );
      return rows;
    };
    return [await read(host.warehouse, `clean.${table}`), await read(host.app, table)] as const;
  };

  test.each([
    ['bigint', 'numeric', '2', '1.5'],
    ['real', 'double precision', '0.1', '0.2'],
    ['date', 'timestamp', '$$2024-01-01$$', '$$2024-01-01 12:34:56.5$$'],
    ['timestamp', 'timestamptz', '$$2024-01-01$$', '$$2024-01-01 00:00:00.000001+03$$'],
    ['text', 'jsonb', '$${"a": 1}$$', '$$[]$$'],
    ['boolean', 'text', 'true', '$$t$$'],
    ['text', 'integer', '$$7$$', '8'],
    ['jsonb', 'json', '$${"b": 1}$$', '$${"b":  1}$$'],
  ])('from %s to %s lands by itself, as the source prints it', async (from, to, before, after) => {
    const table = `retyped_${from}_${to.replaceAll(/\W/g, '')}`;
    await landed(
      `create table ${table} (id integer primary key, "the column" ${from}); insert into ${table} values (1, ${before}), (2, null)`,
      table,
    );
    const [clean, source] = await retype(table, to, after);
    expect(clean).toEqual(source);
  });

  test.each([
    ['smallint', 'bigint', '1', '5000000000'],
    ['integer', 'bigint', '1', '5000000000'],
    ['varchar(5)', 'text', '$$short$$', '$$longer than five$$'],
    ['char(3)', 'varchar(10)', '$$a$$', '$$longer$$'],
    ['integer[]', 'bigint[]', '$${1,2}$$', '$${5000000000}$$'],
  ])('from %s to %s is followed, because clean holds both', async (from, to, before, after) => {
    const table = `widened_${from.replaceAll(/\W/g, '_')}`;
    await landed(
      `create table ${table} (id integer primary key, "the column" ${from}); insert into ${table} values (1, ${before})`,
      table,
    );
    await host.app.query(
      `alter table ${table} alter column "the column" type ${to}; insert into ${table} values (2, ${after})`,
    );
    await host.land();
    expect(await host.difference(table)).toEqual(equal);
  });

  test('that something in the warehouse does not let happen is foreseen', async () => {
    await landed(
      `create table read_by (id integer primary key, n integer, m integer); insert into read_by values (1, 2, 3);
       create table left_alone (id integer primary key, n integer)`,
      ...['read_by', 'left_alone'],
    );
    await host.warehouse.query(
      'create view clean.looked_at as select n from clean.read_by; create materialized view clean.kept as select n from clean.read_by',
    );
    await host.app.query(
      'alter table read_by alter m type numeric; alter table left_alone alter n type numeric',
    );
    expect(await foreseen(host, 'read_by')).toBeUndefined();
    await host.app.query('alter table read_by alter n type numeric');
    const expected = await foreseen(host, 'read_by');
    const [held] = (await host.land()).heldBack!;
    expect(held).toMatchObject({ table: 'read_by', problem: expected });
    await host.warehouse.query(held!.sql!);
    expect(await foreseen(host, 'read_by')).toMatch(/^by the last run: /);
    expect((await host.land()).heldBack).toBeUndefined();
  });

  test('that a view, a trigger or a policy of an analyst does not let happen is foreseen, and no other', async () => {
    await landed(
      'create table by_all (id int primary key, n int, m int); insert into by_all values (1, 2, 3); create table by_none (id int primary key)',
      ...['by_all', 'by_none'],
    );
    await host.warehouse.query(
      `create view clean.by_view as select n + 1 as next from clean.by_all;
       create function clean.by_function() returns trigger language plpgsql as 'begin return new; end';
       create trigger by_trigger before update of n on clean.by_all for each row execute function clean.by_function();
       create trigger by_row before update on clean.by_all for each row execute function clean.by_function();
       create policy by_policy on clean.by_all using (n > 0);
       create policy by_other on clean.by_all using (m > 0)`,
    );
    await host.app.query('alter table by_all alter n type text');
    for (const refusal of [
      /depend on it: policy by_policy on clean.by_all, trigger by_trigger on clean.by_all$/,
      /does not fit the view clean.by_view/,
    ]) {
      const expected = await foreseen(host, 'by_all');
      const [held] = (await host.land()).heldBack!;
      expect(held!.problem).toMatch(refusal);
      await host.warehouse.query(held!.sql!);
      expect(expected).toBe(held!.problem);
    }
    expect((await host.land()).heldBack).toBeUndefined();
    expect(await host.difference('by_all')).toEqual(equal);
  });

  test('of the key is followed too', async () => {
    await landed(tenRows('retyped_key'), 'retyped_key');
    await host.app.query(
      'alter table retyped_key alter column id type bigint; insert into retyped_key values (5000000000)',
    );
    await host.land();
    expect(await host.difference('retyped_key')).toEqual(equal);
  });

  test('that differs only in length, precision or scale changes nothing', async () => {
    await landed(
      `create table widened (id integer primary key, a varchar(5), b numeric(4,1), c bit(2), d timestamp(0)); insert into widened values (1, 'a', 1.5, B'01', '2024-01-01')`,
      'widened',
    );
    await host.app.query(
      `alter table widened alter a type varchar(50), alter b type numeric(20,5), alter c type bit(4) using c::bit(4), alter d type timestamp(6)`,
    );
    await host.land();
    expect(await host.difference('widened')).toEqual(equal);
  });
});

describe('a changed key', () => {
  const rekeyed = [
    ['to a longer one', '(id, v)', `update {} set v = v || '!' where id < 3`],
    ['to another one', '(v)', 'alter table {} alter id drop not null; update {} set id = null where id = 4'],
  ] as const;
  const change = (table: string, key: string, then: string) =>
    host.app.query(
      `alter table "${table}" drop constraint "${table}_pkey", add primary key ${key}; ${then.replaceAll('{}', `"${table}"`)}`,
    );

  test.each(rekeyed)('%s is followed in a leaf', async (title, key, then) => {
    const table = `rekeyed ${title}`;
    await landed(tenRows(`"${table}"`), table);
    await change(table, key, then);
    await host.land();
    expect(await host.difference(table)).toEqual(equal);
    await host.app.query(`insert into "${table}" values (11, 'row 11')`);
    expect(changes(await host.land(), table)).toEqual({ inserted: 1 });
  });

  test('by a column that is gone is followed in a leaf', async () => {
    await landed(
      'create table unkeyed (a integer, b integer, v text, primary key (a, b)); insert into unkeyed values (1, 1, $$x$$), (2, 1, $$y$$)',
      'unkeyed',
    );
    await host.app.query(
      'alter table unkeyed drop column b; alter table unkeyed add primary key (a); insert into unkeyed values (3, $$z$$)',
    );
    await host.land();
    expect(await host.difference('unkeyed')).toEqual(equal);
  });

  describe('of a flat table', () => {
    let flat: Host;
    beforeAll(async () => {
      flat = await openHost({ timeouts, flat: true });
    });
    afterAll(() => flat.close());

    test.each([
      ['to a longer one', '(id, v)', '(id, v) at the source and (id)'],
      ['to another one', '(v)', '(v) at the source and (id)'],
    ])(
      '%s is named with both and the statement, after which the next run lands',
      async (title, key, keys) => {
        const table = `rekeyed ${title}`;
        flat.tables = { [table]: {} };
        await flat.app.query(tenRows(`"${table}"`));
        await flat.land();
        await flat.app.query(
          `alter table "${table}" drop constraint "${table}_pkey", add primary key ${key}`,
        );
        const expected = await foreseen(flat, table);
        const failure = await flat.refused();
        expect(failure.type).toBe('CannotLand');
        expect(failure.message).toContain(`table "${table}": its key is ${keys} in the warehouse. `);
        expect(expected).toBe(`its key is ${keys} in the warehouse`);
        await flat.warehouse.query(printedSql(failure));
        await flat.land();
        expect(await flat.difference(table)).toEqual(equal);
      },
    );
  });
});
