import type { Client } from 'pg';
import { below, oneOf, seededRandom } from '../../local/demo/random.ts';
import type { Random } from '../../local/demo/random.ts';
import { openText } from './star.ts';

/** Rows of `stormed` tables at every instant. */
export const stormedRows = 500;
/** Rows of every partition at every instant. */
export const partRows = 40;

/**
 * The tables of the storm. At every instant `a` and `b` have 500 rows each, all of the same generation;
 * `p` and `q` have the same partitions, each with 40 rows; `c` has 50 rows of one generation; `d` has 100 rows, whatever its
 * columns are called.
 */
export const stormDdl = `
  create table a (id integer primary key, generation integer not null, w integer not null, pad text);
  create table b (id integer primary key, generation integer not null, w integer not null, pad text);
  insert into a select i, 0, 0, repeat('x', 100) from generate_series(1, ${stormedRows}) i;
  insert into b select i, 0, 0, repeat('x', 100) from generate_series(1, ${stormedRows}) i;
  create table p (part integer, id integer, primary key (part, id)) partition by list (part);
  create table q (part integer, id integer, primary key (part, id)) partition by list (part);
  create table c (id integer primary key, generation integer not null);
  insert into c select i, 0 from generate_series(1, 50) i;
  create table d (id integer primary key, v text, extra integer);
  insert into d select i, 'v' || i from generate_series(1, 100) i;`;

export const stormTables = { a: {}, b: {}, p: {}, q: {}, c: {}, d: {} };

type Change = (client: Client, random: Random) => Promise<void>;

let generation = 0;

const truncateAndFill: Change = async (client) => {
  generation++;
  await client.query(
    `begin; truncate a, b;
     insert into a select i, ${generation}, ${generation}, 'pad' from generate_series(1, ${stormedRows}) i;
     insert into b select i, ${generation}, ${generation}, 'pad' from generate_series(1, ${stormedRows}) i;
     commit`,
  );
};

const rewriteBoth: Change = async (client) => {
  generation++;
  await client.query(
    `begin; alter table a alter column w type integer using ${generation}; alter table b alter column w type integer using ${generation}; commit`,
  );
};

const vacuumFull: Change = async (client, random) => {
  await client.query(`vacuum full ${oneOf(['a', 'b'], random)}`);
};

const cluster: Change = async (client, random) => {
  const table = oneOf(['a', 'b'], random);
  await client.query(`cluster ${table} using ${table}_pkey`);
};

/** Takes locks one after the other, in the opposite order to that of the config. */
const lockBackwards: Change = async (client) => {
  await client.query('begin');
  for (const table of ['d', 'c', 'q', 'p', 'b', 'a']) {
    await client.query(`lock table ${table} in access exclusive mode`);
    await client.query('select pg_sleep(0.005)');
  }
  await client.query('commit');
};

/** Rebuilds an index, which blocks planning a query but not locking the table, and then locks another table. */
const reindexBackwards: Change = async (client) => {
  await client.query('begin; reindex index b_pkey');
  await client.query('select pg_sleep(0.02)');
  await client.query('lock table a in access exclusive mode');
  await client.query('commit');
};

let lastPart = 0;

const addPart: Change = async (client) => {
  const part = ++lastPart;
  await client.query(
    `begin; create table p${part} partition of p for values in (${part}); create table q${part} partition of q for values in (${part});
     insert into p select ${part}, i from generate_series(1, ${partRows}) i;
     insert into q select ${part}, i from generate_series(1, ${partRows}) i; commit`,
  );
};

/** Attaches rows that are older than any snapshot by then. */
const attachPart: Change = async (client) => {
  const part = ++lastPart;
  await client.query(
    `create table p${part} (like p including all); create table q${part} (like q including all)`,
  );
  await client.query(
    `insert into p${part} select ${part}, i from generate_series(1, ${partRows}) i;
     insert into q${part} select ${part}, i from generate_series(1, ${partRows}) i`,
  );
  await client.query('select pg_sleep(0.05)');
  await client.query(
    `begin; alter table p attach partition p${part} for values in (${part}); alter table q attach partition q${part} for values in (${part}); commit`,
  );
};

const takePart = async (client: Client, random: Random, statements: (part: number) => string) => {
  const { rows } = await client.query<{ part: string }>(
    `select substr(c.relname, 2) as part from pg_inherits i join pg_class c on c.oid = i.inhrelid where inhparent = 'p'::regclass`,
  );
  if (rows.length < 3) return;
  await client.query(`begin; ${statements(Number(rows[below(rows.length, random)]!.part))}; commit`);
};

const detachPart: Change = (client, random) =>
  takePart(
    client,
    random,
    (part) => `alter table p detach partition p${part}; alter table q detach partition q${part}`,
  );

const dropPart: Change = (client, random) =>
  takePart(client, random, (part) => `drop table p${part}; drop table q${part}`);

const truncatePart: Change = (client, random) =>
  takePart(
    client,
    random,
    (part) => `truncate p${part}, q${part};
      insert into p select ${part}, i from generate_series(1, ${partRows}) i;
      insert into q select ${part}, i from generate_series(1, ${partRows}) i`,
  );

const makeAnew: Change = async (client) => {
  generation++;
  await client.query(
    `begin; drop table c; create table c (id integer primary key, generation integer not null);
     insert into c select i, ${generation} from generate_series(1, 50) i; commit`,
  );
};

/** The rows get a new value without being written. */
const readdColumn: Change = async (client, random) => {
  await client.query(
    `begin; alter table d drop column if exists extra; alter table d add column extra integer default ${below(1000, random)}; commit`,
  );
};

const dropColumn: Change = async (client) => {
  await client.query('alter table d drop column if exists extra');
};

const renameColumn: Change = async (client, random) => {
  await client.query(`alter table d rename column v to v2`);
  await client.query('select pg_sleep($1)', [random() * 0.1]);
  await client.query(`alter table d rename column v2 to v`);
};

const changes = {
  truncateAndFill,
  rewriteBoth,
  vacuumFull,
  cluster,
  lockBackwards,
  reindexBackwards,
  addPart,
  attachPart,
  detachPart,
  dropPart,
  truncatePart,
  makeAnew,
  readdColumn,
  dropColumn,
  renameColumn,
} satisfies Record<string, Change>;

export type Storm = Readonly<Record<string, number>>;

export const stormKinds = Object.keys(changes) as (keyof typeof changes)[];

/**
 * Changes the tables' shape and storage without a pause, one migration after another, as migrations do. Stops with the
 * number of each kind, or with the first error, because nothing else may make a migration fail.
 */
export function ddlStorm(url: string, { seed }: { seed: number }): { stop(): Promise<Storm> } {
  const counts: Record<string, number> = {};
  const stopping = new AbortController();
  const running = (async () => {
    const random = seededRandom(seed);
    const client = await openText(url);
    try {
      while (!stopping.signal.aborted) {
        const kind = stormKinds[below(stormKinds.length, random)]!;
        await changes[kind](client, random);
        counts[kind] = (counts[kind] ?? 0) + 1;
        await client.query('select pg_sleep($1)', [random() * 0.03]);
      }
    } finally {
      await client.end();
    }
  })();
  // Reported to the caller of stop().
  running.catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await running;
      return counts;
    },
  };
}
