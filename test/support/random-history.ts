import fc from 'fast-check';
import type { Client } from 'pg';
import { quoteIdent, quoteLiteral } from '../../model/identifier.ts';

/**
 * Types of columns, each with values that are made of a number. `mood`, `moods` and `place` are an enum, a domain over an array of it
 * and a composite type with it, of which each table has its own.
 */
const valueOf: Readonly<Record<string, (n: string, table: string) => string>> = {
  int: (n) => n,
  bigint: (n) => `${n} * 10000000000`,
  numeric: (n) => `${n} * 1.10`,
  'numeric(9,3)': (n) => `${n} / 3.0`,
  real: (n) => `${n} / 7.0`,
  float8: (n) => `${n} / 7.0`,
  text: (n) => `${n} || E' "\\\\\\n,'`,
  'varchar(9)': (n) => `${n}::text`,
  'char(4)': (n) => `${n}::text`,
  boolean: (n) => `${n} % 2 = 0`,
  date: (n) => `date '2024-01-01' + ${n}`,
  timestamp: (n) => `timestamp '2024-01-01' + ${n} * interval '1.000001 s'`,
  timestamptz: (n) => `timestamptz '2024-01-01 00:00:00+00' + ${n} * interval '1 h'`,
  interval: (n) => `${n} * interval '1 day 1 s'`,
  uuid: (n) => `md5((${n})::text)::uuid`,
  bytea: (n) => `decode(md5((${n})::text), 'hex')`,
  inet: (n) => `inet '10.0.0.0' + ${n}`,
  jsonb: (n) => `jsonb_build_object('n', ${n})`,
  json: (n) => `json_build_object('n', ${n})`,
  'int[]': (n) => `array[${n}, null]`,
  'text[]': (n) => `array[${n}::text, 'NULL', '']`,
  int4range: (n) => `int4range(${n}, ${n} + 5)`,
  mood: (n, table) => `(enum_range(null::mood_${table}))[1 + ${n} % 3]`,
  moods: (n, table) => `array[(enum_range(null::mood_${table}))[1 + ${n} % 3]]::mood_${table}[]`,
  place: (n, table) => `json_populate_record(null::place_${table}, json_build_object('city', ${n}))`,
};
const types = Object.keys(valueOf);
const keyTypes = ['int', 'bigint', 'numeric', 'text', 'varchar(9)'];
const labels = ['sad', 'ok', 'happy', 'blue', "it's"];

/** What an application does with a table. What Postgres refuses, such as a type to which no value can be cast, changes nothing. */
const actions = [
  ...[
    'insert',
    'insert',
    'update',
    'update',
    'update',
    'delete',
    'delete',
    'move key',
    'reuse key',
    'fill',
    'truncate',
  ],
  ...[
    'begin',
    'begin',
    'savepoint',
    'savepoint',
    'rollback to savepoint',
    'release',
    'commit',
    'rollback',
    'prepare',
  ],
  ...[
    'retype',
    'retype',
    'replace column',
    'add column',
    'add empty column',
    'add empty column',
    'drop column',
    'rename column',
    'retype key',
    'rekey',
  ],
  ...['rename label', 'add attribute', 'drop attribute', 'rename attribute'],
  ...[
    'migrate with rows',
    'truncate and fill',
    'replace table',
    'vacuum',
    'vacuum freeze',
    'vacuum full',
    'detach',
    'attach',
  ],
] as const;
type Action = (typeof actions)[number];

const column = fc.constantFrom('a', 'b', 'c');
const type = fc.constantFrom(...types);

/** What one host has and does. */
export interface Change {
  readonly action: Action;
  readonly column: string;
  readonly type: string;
  readonly n: number;
}

export interface Shape {
  readonly kind: 'ordinary' | 'partitioned' | 'unlogged' | 'without a key';
  readonly key: string;
  readonly a: string;
  readonly b: string;
  readonly rows: number;
}

/** What happens to a table of one host, at each of `length` moments. */
export interface History {
  readonly shape: Shape;
  readonly changes: readonly Change[];
}

export function randomHistory(length: number): fc.Arbitrary<History> {
  return fc.record({
    shape: fc.record({
      kind: fc.constantFrom('ordinary', 'ordinary', 'partitioned', 'unlogged', 'without a key'),
      key: fc.constantFrom(...keyTypes),
      a: type,
      b: type,
      rows: fc.integer({ min: 0, max: 6 }),
    }),
    changes: fc.array(fc.record({ action: fc.constantFrom(...actions), column, type, n: fc.nat(40) }), {
      minLength: length,
      maxLength: length,
    }),
  });
}

const settings = `set lock_timeout = '20ms'; set timezone = 'UTC'`;

/** The application of one table, on a connection of its own, so that a transaction may stay open while others go on. */
export class Application {
  private open = false;
  private prepared = false;
  private nextKey = 1;
  private readonly table: string;
  private client: Client;

  constructor(client: Client, table: string) {
    this.client = client;
    this.table = table;
  }

  /** Makes the table and its types. */
  async create({ kind, key, a, b, rows }: Shape): Promise<void> {
    const { table } = this;
    await this.client.query(
      `${settings};
       create type mood_${table} as enum ('sad', 'ok', 'happy');
       create domain moods_${table} as mood_${table}[];
       create type place_${table} as (city text, mood mood_${table});
       create ${kind === 'unlogged' ? 'unlogged ' : ''}table ${table} (
         id ${key}, a ${this.named(a)}, b ${this.named(b)}
         ${kind === 'without a key' ? '' : `, constraint key_of_${table} primary key (id)`}
       ) ${kind === 'partitioned' ? 'partition by hash (id)' : ''}`,
    );
    if (kind === 'partitioned')
      for (const at of [0, 1])
        await this.client.query(
          `create table part_${at}_of_${table} partition of ${table} for values with (modulus 2, remainder ${at})`,
        );
    if (rows > 0) await this.insert(rows, 0);
  }

  /** Goes on with another connection, after a crash or a restart of the server: what was prepared is still there. */
  async reconnect(client: Client): Promise<void> {
    this.client = client;
    this.open = false;
    await client.query(settings);
    const { rowCount } = await client.query('select from pg_prepared_xacts where gid = $1', [
      `of_${this.table}`,
    ]);
    this.prepared = rowCount === 1;
  }

  /** Returns whether Postgres has accepted it. */
  async take(change: Change): Promise<boolean> {
    const isPart =
      /^(insert|update|delete|move|reuse|fill|savepoint|release|rollback|commit|begin|prepare)/.test(
        change.action,
      );
    try {
      if (!isPart || (this.prepared && /^(begin|commit|rollback$)/.test(change.action)))
        await this.settle(change.n % 2 === 0);
      await this.act(change);
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      if (this.open) await this.client.query('rollback');
      this.open = false;
      return false;
    }
  }

  /** Ends what is open or prepared. */
  async settle(commits: boolean): Promise<void> {
    if (this.open) await this.client.query(commits ? 'commit' : 'rollback');
    this.open = false;
    if (this.prepared)
      await this.client.query(`${commits ? 'commit' : 'rollback'} prepared 'of_${this.table}'`);
    this.prepared = false;
  }

  private async act({ action, column, type, n }: Change): Promise<unknown> {
    const { table, client } = this;
    const run = (sql: string) => client.query(sql);
    const some = `hashtext(id::text) & 1 = ${n % 2}`;
    const label = (at: number) => quoteLiteral(labels[at % labels.length]!);
    switch (action) {
      case 'insert':
        return this.insert(1 + (n % 3), n);
      case 'fill':
        return this.insert(20, n);
      case 'update':
        return run(await this.updated(n, n % 5 === 0 ? 'true' : some));
      case 'delete':
        return run(`delete from ${table} where ${n % 7 === 0 ? 'true' : some}`);
      case 'move key':
        return run(
          `update ${table} set id = '${this.nextKey++}' where id = (select id from ${table} order by id limit 1)`,
        );
      case 'reuse key': {
        const { rows } = await client.query<{ id: string }>(
          `select id::text from ${table} order by id limit 1`,
        );
        const [row] = rows;
        return (
          row &&
          run(`delete from ${table} where id::text = '${row.id}'; ${await this.inserted(1, n, row.id)}`)
        );
      }
      case 'truncate':
        return run(`truncate ${table}`);
      case 'begin':
        return this.begin();
      case 'savepoint':
        await this.begin();
        await run('savepoint s');
        return this.insert(1, n);
      case 'rollback to savepoint':
      case 'release':
        return this.open && run(`${action} s`);
      case 'commit':
      case 'rollback':
        return this.settle(action === 'commit');
      case 'prepare':
        if (!this.open || this.prepared) return undefined;
        this.open = false;
        await run(`prepare transaction 'of_${table}'`);
        return (this.prepared = true);
      case 'retype':
        return run(
          `alter table ${table} alter ${column} type ${this.named(type)} using ${this.value(type, n)}`,
        );
      case 'replace column':
        await run(`alter table ${table} drop ${column}`);
        return run(`alter table ${table} add ${column} ${this.named(type)}`);
      case 'add column':
        return run(
          `alter table ${table} add ${column} ${this.named(type)} default ${this.value(type, n, String(n))}`,
        );
      case 'add empty column':
        return run(`alter table ${table} add ${column} ${this.named(type)}`);
      case 'drop column':
        return run(`alter table ${table} drop ${column}`);
      case 'rename column':
        return run(`alter table ${table} rename ${column} to ${column}_2`);
      case 'retype key': {
        const to = keyTypes[n % keyTypes.length]!;
        return run(`alter table ${table} alter id type ${to} using id::text::${to}`);
      }
      case 'rekey':
        await run(`alter table ${table} drop constraint if exists key_of_${table}, alter id drop not null`);
        return n % 3 > 0
          ? run(
              `alter table ${table} add constraint key_of_${table} ${n % 3 === 1 ? 'primary key' : 'unique'} (id), alter id set not null`,
            )
          : undefined;
      case 'rename label':
        return run(`alter type mood_${table} rename value ${label(n)} to ${label(n + 1 + (n % 3))}`);
      case 'add attribute':
        return run(`alter type place_${table} add attribute ${column} ${this.named(type)}`);
      case 'drop attribute':
        return run(`alter type place_${table} drop attribute if exists ${column}`);
      case 'rename attribute':
        return run(`alter type place_${table} rename attribute ${column} to city_2`);
      case 'migrate with rows':
        return run(
          `${await this.updated(n, some)}; alter table ${table} add column ${column} int default ${n}; ${await this.inserted(2, n)}; delete from ${table} where ${some}`,
        );
      case 'truncate and fill':
        return run(`truncate ${table}; ${await this.inserted(4, n)}`);
      case 'replace table':
        return run(
          `create table new_${table} (like ${table} including all); insert into new_${table} select * from ${table} where ${some};
           drop table ${table}; alter table new_${table} rename to ${table}`,
        );
      case 'vacuum':
      case 'vacuum freeze':
      case 'vacuum full':
        return run(`${action} ${table}`);
      case 'detach':
        return run(`alter table ${table} detach partition part_${n % 2}_of_${table}`);
      case 'attach':
        return run(
          `alter table ${table} attach partition part_${n % 2}_of_${table} for values with (modulus 2, remainder ${n % 2})`,
        );
    }
  }

  private async begin(): Promise<void> {
    if (!this.open) await this.client.query('begin');
    this.open = true;
  }

  private async insert(count: number, n: number): Promise<unknown> {
    return this.client.query(await this.inserted(count, n));
  }

  /** The insert of rows with the next keys, or of one with the key `reused`. */
  private async inserted(count: number, n: number, reused?: string): Promise<string> {
    const columns = await this.columns();
    const first = this.nextKey;
    if (reused === undefined) this.nextKey += count;
    const keys =
      reused === undefined
        ? `generate_series(${first}, ${first + count - 1}) id`
        : `(values ('${reused}')) v (id)`;
    const values = [...columns].map(([name, type]) =>
      name === 'id' ? `id::text::${type}` : this.value(this.unnamed(type), n),
    );
    return `insert into ${this.table} (${[...columns.keys()].map(quoteIdent).join(', ')})
      select ${values.join(', ')} from ${keys}`;
  }

  private async updated(n: number, where: string): Promise<string> {
    const others = [...(await this.columns())].filter(([name]) => name !== 'id');
    const [name, type] = others[n % others.length] ?? ['id', undefined];
    const value = type === undefined ? 'id' : this.value(this.unnamed(type), n);
    return `update ${this.table} set ${quoteIdent(name)} = ${value} where ${where}`;
  }

  /** The columns now, with their types. */
  private async columns(): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.client.query<Record<'name' | 'type', string>>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = '${this.table}'::regclass and attnum > 0 and not attisdropped order by attnum`,
    );
    return new Map(rows.map(({ name, type }) => [name, type]));
  }

  /** A value of each row, made of its key and `n`; every fifth is null. */
  private value(type: string, n: number, number = `(abs(hashtext(id::text)) % 40 + ${n})`): string {
    const value = valueOf[type]!(number, this.table);
    return `case when ${number} % 5 > 0 then (${value})::${this.named(type)} end`;
  }

  private named(type: string): string {
    return /^(mood|moods|place)$/.test(type) ? `${type}_${this.table}` : type;
  }

  /** The name in `valueOf` of a type that the catalogue shows. */
  private unnamed(type: string): string {
    const shown: Readonly<Record<string, string>> = {
      integer: 'int',
      'integer[]': 'int[]',
      'double precision': 'float8',
      'character varying(9)': 'varchar(9)',
      'character(4)': 'char(4)',
      'timestamp without time zone': 'timestamp',
      'timestamp with time zone': 'timestamptz',
    };
    return shown[type] ?? type.replace(`_${this.table}`, '');
  }
}
