import fc from 'fast-check';
import type { Client } from 'pg';
import { quoteIdent } from '../../model/identifier.ts';
import { ownPostgres } from '../support/own-postgres.ts';
import type { OwnPostgres } from '../support/own-postgres.ts';
import type { History } from '../support/random-history.ts';
import { Application, randomHistory } from '../support/random-history.ts';
import { openStar, openText } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { syncOnce } from '../support/sync-once.ts';

/** How many histories to try, each of one table of one source; a run of the property has one for each of its tables. */
const histories = Number(process.env['TIDEHOUSE_HISTORIES'] ?? 200);
const seed = process.env['TIDEHOUSE_SEED'];
const tables = Array.from({ length: 25 }, (_, at) => `t${at}`);
const moments = 6;

/** The second one is on a server of its own, which loses transactions when it crashes. */
const sources = ['project_a', 'project_b'] as const;
type Source = (typeof sources)[number];

let star: Star;
let server: OwnPostgres;
let urls: Record<Source, string>;

beforeAll(async () => {
  server = await ownPostgres({
    synchronous_commit: 'off',
    wal_writer_delay: '50ms',
    max_connections: '60',
    max_prepared_transactions: '50',
  });
  star = await openStar({
    hosts: [sources[0]],
    elsewhere: { [sources[1]]: server.url },
    tables: { 't*': {} },
    timeouts: { alterMs: 0 },
    rangesFromRows: 5,
  });
  urls = { project_a: star.hosts['project_a']!, project_b: server.url };
});
afterAll(async () => {
  await star.close();
  await server.stop();
});

/** The tables of one source, each with its application. */
class Host {
  private clients: Client[] = [];
  private applications: Application[] = [];
  private readonly source: Source;

  constructor(source: Source) {
    this.source = source;
  }

  async create(given: readonly History[]): Promise<void> {
    const url = urls[this.source];
    const client = await openText(url);
    await client.query('drop schema public cascade; create schema public');
    await client.end();
    this.clients = await Promise.all(tables.map(() => openText(url)));
    this.applications = tables.map((table, at) => new Application(this.clients[at]!, table));
    for (const [at, { shape }] of given.entries()) await this.applications[at]!.create(shape);
  }

  async take(given: readonly History[], moment: number): Promise<void> {
    for (const [at, { changes }] of given.entries()) await this.applications[at]!.take(changes[moment]!);
  }

  async settle(): Promise<void> {
    for (const application of this.applications) await application.settle(true);
  }

  /** Ends the connections, and what is open with them, while `work` stops the server. */
  async interrupt(work: () => Promise<void>): Promise<void> {
    await work();
    await this.close();
    this.clients = await Promise.all(tables.map(() => openText(urls[this.source])));
    for (const [at, application] of this.applications.entries())
      await application.reconnect(this.clients[at]!);
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.end()));
  }
}

interface Columns {
  readonly [name: string]: string;
}

/** The columns of all tables of a schema, with their types. */
async function columnsOf(client: Client, schema: string): Promise<ReadonlyMap<string, Columns>> {
  const { rows } = await client.query<Record<'name' | 'columns', string>>(
    `select relname as name, json_object_agg(attname, format_type(atttypid, null) order by attnum) as columns
     from pg_class c join pg_attribute on attrelid = c.oid and attnum > 0 and not attisdropped
     where relnamespace = '${schema}'::regnamespace and relkind in ('r', 'p') and relname ~ '^t\\d+$' group by 1`,
  );
  return new Map(rows.map(({ name, columns }) => [name, JSON.parse(columns) as Columns]));
}

/** The names in clean of the columns that keep them although the source has renamed them, as `table.name` there. */
async function keptNames(source: Source): Promise<ReadonlyMap<string, string>> {
  const { rows } = await star.warehouse.query<Record<'name' | 'renamed', string>>(
    `select c ->> 'name' as name, table_name || '.' || (c ->> 'renamedTo') as renamed
     from ops.position, jsonb_array_elements(shape -> 'columns') c where source = $1 and c ? 'renamedTo'`,
    [source],
  );
  return new Map(rows.map(({ name, renamed }) => [renamed, name]));
}

/** The rows of each table that only one side has, or not as often; empty when all are equal. */
async function differences(
  source: Source,
): Promise<Record<string, { missing: string[]; surplus: string[] }>> {
  const client = await openText(urls[source]);
  try {
    await client.query(`set timezone = 'UTC'`);
    const there = await columnsOf(client, 'public');
    const here = await columnsOf(star.warehouse, 'clean');
    const kept = await keptNames(source);
    const read = async (
      on: Client,
      from: (table: string) => string,
      nameOf: (table: string, name: string) => string,
    ) => {
      const each = [...there].map(([table, columns]) => {
        const values = Object.entries(columns).map(([name, type]) => {
          const clean = here.get(table)![kept.get(`${table}.${name}`) ?? name]!;
          const column = `t.${quoteIdent(nameOf(table, name))}`;
          // Where clean has a wider time, that is what the value is compared as; everything else by what is printed.
          return /^(date|timestamp)/.test(type) && clean !== 'text' ? `${column}::${clean}` : column;
        });
        return `select '${table}' as name, row(${values.join(', ')})::text as row from ${from(table)} t`;
      });
      const { rows } = await on.query<Record<'name' | 'row', string>>(each.join(' union all '));
      const byTable = new Map<string, string[]>();
      for (const { name, row } of rows) byTable.set(name, [...(byTable.get(name) ?? []), row]);
      return byTable;
    };
    const theirs = await read(
      client,
      (table) => table,
      (_, name) => name,
    );
    const ours = await read(
      star.warehouse,
      (table) => `(select * from clean.${table} where project = '${source}')`,
      (table, name) => kept.get(`${table}.${name}`) ?? name,
    );
    const found: Record<string, { missing: string[]; surplus: string[] }> = {};
    for (const table of there.keys()) {
      const [a, b] = [theirs.get(table) ?? [], ours.get(table) ?? []];
      const missing = without(a, b);
      const surplus = without(b, a);
      if (missing.length + surplus.length > 0) found[table] = { missing, surplus };
    }
    return found;
  } finally {
    await client.end();
  }
}

/** The texts of `from` that `others` does not have as often. */
function without(from: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return from.filter((row) => {
    const at = left.indexOf(row);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Makes one run of a source, and throws with the histories of the tables that are then not as they are there. */
async function expectEqual(source: Source, given: readonly History[]): Promise<void> {
  const { heldBack = [] } = await syncOnce(star.activities, source);
  const found = await differences(source);
  const wrong = [...new Set([...heldBack.map(({ table }) => table), ...Object.keys(found)])];
  if (wrong.length > 0)
    throw new Error(
      wrong
        .map((table) =>
          JSON.stringify([
            `${source}.${table}`,
            found[table] ?? heldBack.find((held) => held.table === table),
            given[tables.indexOf(table)],
          ]),
        )
        .join('\n'),
    );
}

const event = fc.constantFrom('none', 'none', 'project_a', 'project_b', 'both', 'both', 'crash', 'restart');

test(`clean is equal after every run of ${histories} random histories`, async () => {
  const host = fc.array(randomHistory(moments), { minLength: tables.length, maxLength: tables.length });
  await fc.assert(
    fc.asyncProperty(
      host,
      host,
      fc.array(event, { minLength: moments, maxLength: moments }),
      async (a, b, events) => {
        const given: Record<Source, readonly History[]> = { project_a: a, project_b: b };
        const hosts: Record<Source, Host> = {
          project_a: new Host('project_a'),
          project_b: new Host('project_b'),
        };
        await forget();
        await Promise.all(sources.map((source) => hosts[source].create(given[source])));
        try {
          for (const [moment, what] of events.entries()) {
            await Promise.all(sources.map((source) => hosts[source].take(given[source], moment)));
            if (what === 'crash') await hosts.project_b.interrupt(() => server.crash());
            if (what === 'restart') await hosts.project_b.interrupt(() => server.restart());
            for (const source of sources)
              if (what === source || what === 'both') await expectEqual(source, given[source]);
          }
          for (const source of sources) {
            await hosts[source].settle();
            await expectEqual(source, given[source]);
          }
        } finally {
          await Promise.all(Object.values(hosts).map((each) => each.close()));
        }
      },
    ),
    {
      numRuns: Math.ceil(histories / (tables.length * sources.length)),
      endOnFailure: true,
      reporter: ({ failed, seed, errorInstance, counterexample }) => {
        if (failed)
          throw new Error(
            `Seed ${seed}, events ${JSON.stringify(counterexample?.[2])}: ${String(errorInstance)}`,
            { cause: errorInstance },
          );
      },
      ...(seed !== undefined && { seed: Number(seed) }),
    },
  );
}, 3_600_000);

/** Empties the warehouse. */
async function forget(): Promise<void> {
  const { rows } = await star.warehouse.query<{ names: string | null }>(
    `select string_agg(format('%I.%I', schemaname, tablename), ', ') as names from pg_tables
     where schemaname in ('clean', 'raw') and tablename ~ '^t\\d+'`,
  );
  if (rows[0]!.names !== null) await star.warehouse.query(`drop table if exists ${rows[0]!.names} cascade`);
  await star.warehouse.query('delete from ops.source');
}
