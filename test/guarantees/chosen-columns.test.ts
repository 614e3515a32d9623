import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Tables } from '../../model/table-config.ts';
import { openHost, shop } from '../support/host.ts';
import type { Host } from '../support/host.ts';
import { newBatch } from '../support/sync-once.ts';

const secret = 'AB1234567';

let host: Host;
/** Everything that the extracts have written to the staging folder. */
let staged = '';

afterEach(() => host.close());

async function open(tables: Tables): Promise<void> {
  staged = '';
  host = await openHost({
    ddl: `create table people (id int primary key, email text, passport text, phone text, born date);
          insert into people values (1, 'a@b.c', '${secret}', '+375291112233', '1990-01-01'), (2, null, null, '12', null)`,
    onStaged: async (_client, { id }) => {
      const folder = join(host.staging, shop, id);
      for (const name of await readdir(folder)) staged += await readFile(join(folder, name), 'utf8');
    },
  });
  host.tables = tables;
}

const clean = async (columns: string): Promise<Record<string, string | null>[]> =>
  (
    await host.warehouse.query<Record<string, string | null>>(
      `select ${columns} from clean.people order by id`,
    )
  ).rows;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('a column that is left out never leaves the source, also one that is added later', async () => {
  await open({ people: { columns: { except: ['passport'] } } });
  await host.land();
  host.tables = { people: { columns: { except: ['passport', 'iban'] } } };
  expect((await host.refused()).message).toContain('it has no column iban, which the config leaves out. ');
  await host.app.query(
    `alter table people add iban text default 'BY00SECRET', add city text default 'Minsk'`,
  );
  await host.land();
  expect(await clean('*')).toMatchObject([{ id: '1', email: 'a@b.c', city: 'Minsk' }, { id: '2' }]);
  for (const column of ['passport', 'iban'])
    expect(Object.keys((await clean('*'))[0]!)).not.toContain(column);
  expect(staged).not.toMatch(/AB1234567|BY00SECRET/);
});

test('a masked or left-out column that the source renames never leaves it, and the table waits until the config has the new name', async () => {
  await open({ people: { columns: { except: ['passport'] }, mask: { email: 'sha256' } } });
  await host.land();
  await host.app.query(
    `alter table people rename email to mail; alter table people rename passport to document; update people set phone = '1'`,
  );
  expect((await host.refused()).message).toContain(
    'the source has renamed columns that the config leaves out or masks: email (now mail), passport (now document)',
  );
  host.tables = { people: { columns: { except: ['document'] }, mask: { mail: 'sha256' } } };
  await host.land();
  expect(await clean('mail, phone')).toEqual([
    { mail: sha256('salta@b.c'), phone: '1' },
    { mail: null, phone: '1' },
  ]);
  expect(Object.keys((await clean('*'))[0]!)).not.toContain('document');
  expect(staged).not.toMatch(/a@b\.c|AB1234567/);
  host.tables = { all: {}, people: { columns: { except: ['document'] }, mask: { mail: 'sha256' } } };
  await host.app.query('alter table people rename to persons; update persons set born = null where id = 1');
  await host.land();
  expect(await clean('mail, born')).toMatchObject([{ mail: sha256('salta@b.c'), born: null }, {}]);
  expect(staged).not.toMatch(/a@b\.c|AB1234567/);
  // Whoever takes a line out of the config wants the values.
  host.tables = { persons: { as: 'people' } };
  await host.land();
  expect(await clean('mail, document')).toMatchObject([{ mail: 'a@b.c', document: secret }, {}]);
});

test('a table waits while the config names a column that it does not have, until the name is corrected', async () => {
  await open({ people: {}, pets: {} });
  await host.app.query('create table pets (id int primary key)');
  await host.land();
  const wrong: [Tables, string][] = [
    [
      { people: { mask: { emial: 'sha256' } } },
      'it has no column emial, which the config masks (did you mean email?)',
    ],
    [
      { people: { columns: { except: ['pasport', 'salary'] } } },
      'it has no column pasport, which the config leaves out (did you mean passport?); nor salary, which the config leaves out',
    ],
    [
      { people: { columns: { only: ['id', 'phon'] } } },
      'it has no column phon, which the config reads (did you mean phone?)',
    ],
    [
      { 'peo*': { columns: { except: ['pasport'] } } },
      'no table of its pattern has a column pasport, which the config leaves out (did you mean passport?)',
    ],
  ];
  for (const [tables, problem] of wrong) {
    host.tables = { pets: {}, ...tables };
    for (let run = 1; run <= 2; run++)
      expect((await host.land()).heldBack).toEqual([
        {
          table: 'people',
          problem,
          advice: expect.stringMatching(/^Correct the name in the config/) as string,
        },
      ]);
  }
  // Of the tables of a pattern, one must have the column.
  host.tables = { 'p*': { mask: { email: null } } };
  expect((await host.land()).heldBack).toBeUndefined();
  expect(await clean('email')).toEqual([{ email: null }, { email: null }]);
  await host.app.query('alter table pets add email text');
  expect((await host.land()).heldBack).toBeUndefined();
  await host.app.query('alter table people drop email, add mail text');
  expect((await host.land()).heldBack).toMatchObject([
    {
      table: 'people',
      problem: expect.stringMatching(/dropped columns .*, email, and added .*: mail$/) as string,
    },
  ]);
  await host.app.query('alter table pets drop email; drop table people');
  expect((await host.land()).heldBack).toBeUndefined();
});

test('a column that the config names may be dropped at the source, unless another comes in its place', async () => {
  await open({ people: { columns: { except: ['passport'] }, mask: { email: 'sha256' } } });
  await host.land();
  await host.app.query('alter table people drop passport');
  await host.land();
  await host.app.query(`alter table people add city text default 'Minsk'; update people set phone = '1'`);
  await host.land();
  expect(await clean('phone, city')).toEqual(Array(2).fill({ phone: '1', city: 'Minsk' }));
  await host.app.query(
    'alter table people add mail text; update people set mail = email; alter table people drop email',
  );
  for (let run = 1; run <= 2; run++)
    expect((await host.refused()).message).toContain(
      'the source has dropped columns that the config leaves out or masks, email, and added others, which may have the same values: mail',
    );
  host.tables = { people: { mask: { mail: 'sha256' } } };
  await host.land();
  expect(await clean('mail')).toEqual([{ mail: sha256('salta@b.c') }, { mail: null }]);
  host.tables = { people: { columns: { only: ['id', 'mail', 'phone', 'born'] } } };
  await host.land();
  await host.app.query('alter table people drop born');
  await host.land();
  await host.app.query('alter table people rename phone to telephone');
  expect((await host.refused()).message).toContain(
    'the source has renamed columns that the config reads: phone (now telephone)',
  );
  host.tables = { people: { columns: { only: ['id', 'mail', 'telephone'] } } };
  await host.land();
  expect(await clean('telephone')).toEqual([{ telephone: '1' }, { telephone: '1' }]);
});

test('what has landed of a column that is left out later is removed', async () => {
  await open({ people: {} });
  await host.land();
  host.tables = { people: { columns: { except: ['passport'] } } };
  await host.land();
  expect(await clean('id, passport')).toEqual([
    { id: '1', passport: null },
    { id: '2', passport: null },
  ]);
});

test('a hidden column stays hidden when a pattern that hides less comes to choose its table', async () => {
  await open({ all: {}, 'hr.*': { mask: { email: null }, columns: { except: ['passport'] } } });
  const hidden = `(id int, email text default 'a@b.c', passport text default '${secret}'`;
  await host.app.query(
    `drop table people; create schema hr; create table hr.staff ${hidden}, primary key (id)); insert into hr.staff values (1);
     create table hr.log ${hidden}) partition by range (id); create table hr.log_1 partition of hr.log for values from (1) to (9);
     create table hr.old_log ${hidden}); insert into hr.log values (1); insert into hr.old_log values (10);
     create table logs ${hidden}) partition by range (id)`,
  );
  await host.land();
  await host.app.query(
    `alter table hr.staff set schema public; alter table staff rename email to mail;
     alter table hr.log detach partition hr.log_1; alter table hr.log_1 set schema public;
     alter table logs attach partition hr.old_log for values from (10) to (19)`,
  );
  const held = ['hr_old_log', 'hr_staff', 'log_1', 'logs'];
  const heldBack = async () => (await host.land()).heldBack ?? [];
  for (const each of [await heldBack(), await heldBack()])
    expect(each.map(({ table }) => table).sort()).toEqual(held);
  const lines = (await heldBack()).map(({ advice }) => advice!.split('\n')[1]!);
  host.tables = { ...host.tables, ...(parse(lines.join('\n'), { uniqueKeys: false }) as Tables) };
  expect(await heldBack()).toEqual([]);
  const { rows } = await host.warehouse.query<{ name: string }>(
    `select distinct table_name as name from ops.position order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(['hr_log', 'hr_staff', 'log_1', 'logs']);
  expect(staged).not.toMatch(new RegExp(`a@b|${secret}`));
});

test('only the columns that are asked for are read', async () => {
  await open({ people: { columns: { only: ['id', 'born'] } } });
  await host.land();
  await host.app.query(`update people set email = 'x@y.z', born = '1991-01-01' where id = 1`);
  await host.land();
  expect(await clean('id, born')).toEqual([
    { id: '1', born: '1991-01-01' },
    { id: '2', born: null },
  ]);
  expect(staged).not.toMatch(/x@y\.z|AB1234567/);
});

test('a masked value never leaves the source', async () => {
  await open({
    people: { mask: { email: 'sha256', passport: null, phone: { last: 4 }, born: { last: 2 } } },
  });
  await host.land();
  const columns = 'id, email, passport, phone, born';
  expect(await clean(columns)).toEqual([
    { id: '1', email: sha256('salta@b.c'), passport: null, phone: '2233', born: '01' },
    { id: '2', email: null, passport: null, phone: '12', born: null },
  ]);
  expect(staged).not.toMatch(/a@b\.c|AB1234567|\+375|1990/);
});

test('another salt or another mask reads the table again', async () => {
  await open({ people: { mask: { email: 'sha256' } } });
  await host.land();
  host.salt = 'pepper';
  await host.land();
  expect(await clean('email')).toEqual([{ email: sha256('peppera@b.c') }, { email: null }]);
  host.tables = { people: { mask: { email: { last: 3 } } } };
  await host.land();
  expect(await clean('email')).toEqual([{ email: 'b.c' }, { email: null }]);
});

test('a masked key still distinguishes rows, and one that would not is refused', async () => {
  await open({ people: { mask: { id: 'sha256' } } });
  await host.land();
  await host.app.query(`update people set phone = '1' where id = 1; delete from people where id = 2`);
  await host.land();
  expect(await clean('id, phone')).toEqual([{ id: sha256('salt1'), phone: '1' }]);
  host.tables = { people: { mask: { id: { last: 1 } } } };
  expect((await host.refused()).message).toMatch(/the config masks id, a part of its key/);
});

test('a role that may read only the columns that are asked for is enough', async () => {
  await open({ people: { columns: { except: ['passport'] } }, open_to_all: {} });
  const role = `reader_${newBatch().replaceAll('-', '_')}`;
  await host.app.query(
    `create table open_to_all (id int primary key); create role ${role} login password 'x';
     grant select on open_to_all to ${role}; grant select (id, email, phone, born) on people to ${role}`,
  );
  const url = new URL(host.url);
  url.username = role;
  url.password = 'x';
  host.url = url.href;
  try {
    const refused = (await host.land()).heldBack![0]!;
    expect(refused).toMatchObject({
      table: 'people',
      problem: expect.stringContaining('the column xmin') as string,
    });
    await host.app.query(refused.sql!);
    expect((await host.land()).heldBack).toBeUndefined();
    await host.app.query(`update people set email = 'new' where id = 2; delete from people where id = 1`);
    await host.land();
    expect(await clean('id, email')).toEqual([{ id: '2', email: 'new' }]);

    host.tables = { people: {}, open_to_all: {} };
    const shown = (await host.land()).heldBack![0]!;
    expect(shown.problem).toContain('is not allowed to read the column passport');
    await host.app.query(shown.sql!);
    expect((await host.land()).heldBack).toBeUndefined();
  } finally {
    await host.app.query(`drop owned by ${role}; drop role ${role}`);
  }
});

describe('a key in the config that the source does not enforce', () => {
  test('is proved in each run, and the table is held back while it does not hold', async () => {
    await open({ '*': {}, loose: { key: ['a', 'b'] } });
    await host.app.query(
      `create table loose (a int, b int, v text); insert into loose values (1, 1, 'x'), (1, 2, 'x')`,
    );
    await host.land();
    const rows = async () =>
      (await host.warehouse.query<Record<string, string>>('select a, b, v from clean.loose order by a, b'))
        .rows;
    for (const [bad, problem] of [
      [`insert into loose values (1, 1, 'twice')`, /key \(a, b\) is not unique/],
      [`insert into loose values (2, null, 'null')`, /key \(a, b\) has nulls/],
    ] as const) {
      await host.app.query(bad);
      expect((await host.land()).heldBack).toMatchObject([
        { table: 'loose', problem: expect.stringMatching(problem) as string },
      ]);
      expect(await rows()).toHaveLength(2);
      await host.app.query(`delete from loose where v in ('twice', 'null')`);
    }
    await host.app.query(`update loose set v = 'y' where b = 2`);
    expect((await host.land()).heldBack).toBeUndefined();
    expect(await rows()).toEqual([
      { a: '1', b: '1', v: 'x' },
      { a: '1', b: '2', v: 'y' },
    ]);
  });

  test('is refused when the table has no such column', async () => {
    await open({ people: { key: ['nobody'] } });
    expect((await host.refused()).message).toMatch(
      /it has no column nobody, which the config names as its key/,
    );
  });
});
