import fc from 'fast-check';
import { wideType } from '../../model/wide-type.ts';
import { relationLabel } from '../../model/table-pattern.ts';
import { quoteIdent } from '../../model/identifier.ts';
import { changes, equal, openHost } from '../support/host.ts';
import type { Host } from '../support/host.ts';

/** Each run is one landing of up to thirty random rows. */
const numRuns = Number(process.env['TIDEHOUSE_VALUE_RUNS'] ?? 25);

let host: Host;

beforeAll(async () => {
  host = await openHost({
    ddl: `create schema extension;
          create type public.mood as enum ('sad', 'so so', 'ha,"ppy"');
          create type public.pair as (a integer, b text);
          create domain public.positive as numeric check (value > 0);
          create collation public.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
          create domain public.citext as text collate public.caseless;
          create domain public.flag as boolean; create domain public.day as date; create domain public.code as char(5);
          create type extension.mood as enum ('other');`,
  });
});
afterAll(() => host.close());

/** Column types, each with its type in clean and with difficult values. */
const types: readonly (readonly [type: string, inClean: string, ...values: string[]])[] = [
  [
    'text',
    'text',
    `''`,
    `' '`,
    `'null'`,
    `'NULL'`,
    `E'\\\\N'`,
    `E'\\\\.'`,
    `'"'`,
    `''''`,
    `E'a\\nb\\r\\nc\\td'`,
    `E'back\\\\slash'`,
    `'Łódź, Минск 🌊'`,
    `E'e\\u0301'`,
  ],
  ['varchar(20)', 'character varying', `'twenty ------------'`, `'spaces   '`],
  ['char(5)', 'bpchar', `'ab'`, `''`, `'abcde'`],
  ['"char"', '"char"', `'x'`, `''`],
  ['name', 'name', `'a name'`],
  ['public.citext', 'text', `'Foo'`, `'foo'`, `'FOO'`],
  ['public.mood', 'text', `'sad'`, `'so so'`, `'ha,"ppy"'`],
  ['extension.mood', 'text', `'other'`],
  ['public.positive', 'numeric', `1.0`, `1.00`, `1e-30`],
  ['public.flag', 'boolean', `true`, `false`],
  ['public.day', 'date', `'infinity'`, `'0001-01-01 BC'`],
  ['public.code', 'text', `'ab'`, `''`, `'abcde'`],
  ['public.pair', 'text', `row(1, 'a,"b')`, `row(null, '')`],
  [
    'numeric',
    'numeric',
    `1.0`,
    `1.00`,
    `'NaN'`,
    `'Infinity'`,
    `'-Infinity'`,
    `-0.000000000000000000000000000001`,
    `1e100`,
    `repeat('9', 200)::numeric`,
  ],
  ['numeric(10,3)', 'numeric', `1.5`, `-9999999.999`],
  ['smallint', 'smallint', `-32768`],
  ['integer', 'integer', `-2147483648`],
  ['bigint', 'bigint', `9223372036854775807`, `-9223372036854775808`],
  ['real', 'real', `'NaN'`, `'-0'`, `1e-45`, `3.4028235e38`, `0.1`],
  [
    'double precision',
    'double precision',
    `'-Infinity'`,
    `'-0'`,
    `5e-324`,
    `0.1 + 0.2::float8`,
    `1.7976931348623157e308`,
  ],
  ['money', 'money', `12.34`, `-0.01`],
  ['boolean', 'boolean', `true`, `false`],
  ['date', 'date', `'infinity'`, `'-infinity'`, `'0001-01-01 BC'`, `'5874897-12-31'`],
  ['time', 'time without time zone', `'24:00'`, `'00:00:00.000001'`],
  ['timetz', 'time with time zone', `'12:00+05:30'`, `'23:59:59.999999-15:59'`],
  [
    'timestamp',
    'timestamp without time zone',
    `'infinity'`,
    `'2024-02-29 12:34:56.123456'`,
    `'4713-01-01 BC'`,
    `'294276-12-31 23:59:59.999999'`,
  ],
  ['timestamp(3)', 'timestamp without time zone', `'2024-02-29 12:34:56.123'`],
  [
    'timestamptz',
    'timestamp with time zone',
    `'-infinity'`,
    `'2024-03-31 02:30:00.000001 Europe/Minsk'`,
    `'1890-01-01 00:00:00 Europe/Minsk'`,
  ],
  [
    'interval',
    'interval',
    `'infinity'`,
    `'1 year -2 mons 3 days -04:05:06.000007'`,
    `'24:00'`,
    `'1 day'`,
    `'-1 day +00:00:01'`,
  ],
  ['interval day to second(2)', 'interval', `'1 day 00:00:01.25'`],
  ['uuid', 'uuid', `'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'`],
  ['bytea', 'bytea', `'\\x'`, `'\\x00ff0a0d225c2e'`],
  ['json', 'json', `'{"b": 1,  "a": [1.0, 1.00], "b": "\\u0041"}'`, `'null'`, `'"\\u0000"'`],
  ['jsonb', 'jsonb', `'{"b": 1.00, "a": "x\\ny"}'`, `'null'`, `'{"b": 1.0, "a": "x\\ny"}'`],
  ['bit(3)', 'bit varying', `B'101'`, `B'000'`],
  ['varbit', 'bit varying', `B''`, `B'0001'`],
  ['inet', 'inet', `'::ffff:1.2.3.4/64'`, `'10.0.0.1/8'`],
  ['macaddr', 'macaddr', `'08:00:2b:01:02:03'`],
  ['point', 'point', `'(1.5,-0)'`, `'(Infinity,NaN)'`],
  ['polygon', 'polygon', `'((0,0),(1,1),(1,0))'`],
  ['tsvector', 'tsvector', `'a:1A fat:2B,4C ''quoted'''`],
  ['int4range', 'int4range', `'[1,5)'`, `'empty'`, `'(,)'`],
  ['tstzmultirange', 'tstzmultirange', `'{[2024-01-01,2024-02-01),[2024-03-01,)}'`],
  ['pg_lsn', 'pg_lsn', `'16/B374D848'`],
  ['regclass', 'text', `'public.columns_of_every_type'`],
  ['regtype', 'text', `'public.mood'`],
  ['integer[]', 'integer[]', `'{}'`, `'{1,null,-3}'`, `'[0:1]={1,2}'`, `'{{1,2},{3,4}}'`],
  ['text[]', 'text[]', `array['', 'null', 'NULL', null, 'a,b', '"', '\\', E'\\n', '{}']`],
  ['varchar(3)[]', 'character varying[]', `'{abc}'`],
  ['char(3)[]', 'bpchar[]', `'{a,abc}'`],
  ['bit(2)[]', 'bit varying[]', `'{01,10}'`],
  ['numeric(5,2)[]', 'numeric[]', `'{1.00,NaN}'`],
  ['timestamptz[]', 'timestamp with time zone[]', `'{"2024-01-01 00:00:00.000001+00",infinity}'`],
  ['jsonb[]', 'jsonb[]', `array['{"a": [1, "b"]}'::jsonb]`],
  ['public.mood[]', 'text', `'{sad,"ha,\\"ppy\\""}'`],
  ['public.positive[]', 'text', `'{1.0,1.00}'`],
  ['public.pair[]', 'text', `array[row(1, 'a,"b')::public.pair]`],
];

describe('a column of each type', () => {
  const names = types.map((_, n) => `c${n}`);

  beforeAll(async () => {
    const columns = types.map(([type], n) => `c${n} ${type}`);
    await host.app.query(
      `create table columns_of_every_type (id integer primary key, ${columns.join(', ')})`,
    );
    const most = Math.max(...types.map((values) => values.length - 2));
    for (let row = 0; row <= most; row++) {
      // The last row is null in every column.
      const values = types.map(([type, , ...given]) =>
        row === most ? 'null' : `(${given[row % given.length]})::${type}`,
      );
      await host.app.query(`insert into columns_of_every_type values (${row}, ${values.join(', ')})`);
    }
    host.tables = { columns_of_every_type: {} };
  });

  async function wrongTypes(): Promise<unknown[]> {
    const wrong: unknown[] = [];
    for (const [n, [type]] of types.entries()) {
      const { missing, extra } = await host.difference('columns_of_every_type', ['id', `c${n}`]);
      if (missing.length + extra.length > 0) wrong.push({ type, missing, extra });
    }
    return wrong;
  }

  test('arrives unchanged, in the same text form', async () => {
    await host.land();
    expect(await wrongTypes()).toEqual([]);
  });

  test('has a lossless type in clean', async () => {
    const { rows } = await host.warehouse.query<{ type: string }>(
      `select case atttypid when 'bpchar'::regtype then 'bpchar' when '_bpchar'::regtype then 'bpchar[]' else format_type(atttypid, atttypmod) end as type
       from pg_attribute where attrelid = 'clean.columns_of_every_type'::regclass and attname = any ($1) order by attnum`,
      [names],
    );
    expect(rows.map(({ type }) => type)).toEqual(types.map(([, inClean]) => wideType(inClean)));
  });

  test('is not rewritten when it is extracted again', async () => {
    await host.app.query('update columns_of_every_type set id = id');
    const { unchanged, ...rest } = changes(await host.land(), 'columns_of_every_type');
    expect(rest).toEqual({});
    expect(unchanged).toBeGreaterThan(0);
  });

  test('follows a change to any other value', async () => {
    // Each row takes the values of the next one, so equal but not identical values replace each other.
    await host.app.query(
      `update columns_of_every_type t set (${names.join(', ')}) = (
         select ${names.map((name) => `o.${name}`).join(', ')} from columns_of_every_type o
         where o.id = (t.id + 1) % (select count(*) from columns_of_every_type))`,
    );
    const { updated, ...rest } = changes(await host.land(), 'columns_of_every_type');
    expect(rest).toEqual({});
    expect(updated).toBeGreaterThan(0);
    expect(await wrongTypes()).toEqual([]);
  });
});

/** Any text that Postgres can store: all of Unicode except NUL and lone surrogates, and sequences special to CSV and COPY. */
const hard = fc.constantFrom(
  '',
  '"',
  '""',
  ',',
  '\n',
  '\r',
  '\r\n',
  '\\',
  '\\.',
  '\\N',
  '\n\\.\n',
  ' ',
  '\t',
  "'",
  '\u{feff}',
  'null',
  '\u{85}',
  '\u{2028}',
);
const text = fc
  .array(fc.oneof(hard, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 8 })
  .map((parts) => parts.join('').replaceAll('\0', ''))
  .filter((value) => !/\p{Surrogate}/u.test(value));

test('any text lands unchanged', async () => {
  await host.app.query(
    `create table texts (a text, n integer, b text, primary key (a, n));
     create table one_text (only_column text primary key)`,
  );
  host.tables = { texts: {}, one_text: {} };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(text, fc.option(text)), { minLength: 1, maxLength: 30 }),
      async (rows) => {
        await host.app.query('delete from texts; delete from one_text');
        await host.app.query(
          'insert into texts select a, n, b from unnest($1::text[], $2::text[]) with ordinality u(a, b, n)',
          [rows.map(([a]) => a), rows.map(([, b]) => b)],
        );
        await host.app.query('insert into one_text select distinct a from texts');
        await host.land();
        expect(await host.difference('texts')).toEqual(equal);
        expect(await host.difference('one_text')).toEqual(equal);
      },
    ),
    { numRuns },
  );
});

describe('names', () => {
  const names = [
    'Order Lines',
    'select',
    'quo"ted',
    "apo'strophe",
    'täble',
    'с пробелом',
    'a.b',
    '$1',
    '100%',
    'new\nline',
    'com,ma',
    'back\\slash',
    'UPPER',
    'x'.repeat(58),
  ];

  test('of any kind work for tables and columns', async () => {
    for (const name of names) {
      const table = quoteIdent(name);
      await host.app.query(`create table ${table} (${table} text primary key, ${other(name)} public.mood)`);
      await host.app.query(`insert into ${table} values ('k', 'sad'), ('l', null)`);
    }
    const label = (name: string) => relationLabel({ schema: 'public', name });
    host.tables = Object.fromEntries(names.map((name) => [label(name), {}]));
    await host.land();
    for (const name of names) {
      const table = quoteIdent(name);
      await host.app.query(
        `delete from ${table} where ${table} = 'k'; update ${table} set ${other(name)} = 'so so'`,
      );
    }
    const { tables } = await host.land();
    expect(Object.keys(tables)).toEqual(names);
    for (const name of names) {
      expect(tables[name]).toMatchObject({ deleted: 1, updated: 1, rows: 1 });
      expect(await host.difference(name)).toEqual(equal);
    }
  });

  const other = (name: string) => quoteIdent(`${name.slice(0, 50)} 2`);
});

test('generated columns land with their values', async () => {
  await host.app.query(
    `create table generated (id integer primary key, net numeric, gross numeric generated always as (net * 1.2) stored);
     insert into generated values (1, 10), (2, null)`,
  );
  host.tables = { generated: {} };
  await host.land();
  await host.app.query('update generated set net = 11 where id = 1');
  await host.land();
  expect(await host.difference('generated')).toEqual(equal);
});

test("an application's session settings do not affect landed values", async () => {
  const { rows } = await host.app.query<{ name: string }>('select current_database() as name');
  await host.app.query(
    `alter database ${quoteIdent(rows[0]!.name)} set datestyle = 'German';
     alter database ${quoteIdent(rows[0]!.name)} set timezone = 'Asia/Kolkata';
     alter database ${quoteIdent(rows[0]!.name)} set intervalstyle = 'sql_standard';
     alter database ${quoteIdent(rows[0]!.name)} set bytea_output = 'escape';
     alter database ${quoteIdent(rows[0]!.name)} set extra_float_digits = -15;
     alter database ${quoteIdent(rows[0]!.name)} set search_path = extension;
     alter database ${quoteIdent(rows[0]!.name)} set default_transaction_isolation = 'serializable';
     create table settings (id integer primary key, at timestamptz, d date, i interval, b bytea, f float8, m mood);
     insert into settings values (1, '2024-01-02 03:04:05.678901+00', '2024-01-02', '-1 day +02:03', '\\x5c00', 0.1 + 0.2::float8, 'sad')`,
  );
  host.tables = { settings: {} };
  await host.land();
  expect(await host.difference('settings')).toEqual(equal);
});
