import type { Client } from 'pg';
import { identList } from '../../../model/identifier.ts';
import type { Relation } from './relations.ts';

/** Whether one of the leaf's keys has these columns, in any order. */
export function hasKey(leaf: Relation, wanted: readonly string[]): boolean {
  return findKey(leaf, wanted) !== undefined;
}

/** The columns of a key in the order in which the index has them: of a flat table's, behind the project. */
export function orderOfKey(clean: Relation, key: readonly string[]): readonly string[] {
  return findKey(clean, key) ?? key;
}

function findKey({ keys }: Relation, wanted: readonly string[]): readonly string[] | undefined {
  const sorted = (key: readonly string[]) => JSON.stringify([...key].sort());
  return keys.find((key) => sorted(key) === sorted(wanted));
}

/**
 * Makes the unique index of a leaf's key, after its other indexes. Columns by which one of these begins go last: rows are found
 * by them there. With the others first, which are ids as a rule, new rows come at the end of the index and not on pages all
 * over it, each of which is written whole into the WAL after a checkpoint.
 */
export async function createKey(client: Client, leaf: string, key: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ column: string }>(
    `select a.attname as column
     from pg_index i
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
     where i.indrelid = $1::regclass and not i.indisunique`,
    [leaf],
  );
  const isFoundElsewhere = (name: string) => rows.some(({ column }) => column === name);
  const [last, first] = [key.filter(isFoundElsewhere), key.filter((name) => !isFoundElsewhere(name))];
  await client.query(`create unique index on ${leaf} (${identList([...first, ...last])})`);
}

/** Gives a leaf another key and leaves its rows: some of them may be ones that the source no longer has. */
export async function replaceKey(client: Client, clean: Relation, key: readonly string[]): Promise<void> {
  await dropKeys(client, clean);
  await createKey(client, clean.name, key);
}

/**
 * Drops the unique indexes of a leaf, but not those that are parts of an index of the partitioned table: that is an
 * analyst's.
 */
export async function dropKeys(client: Client, clean: Relation): Promise<void> {
  if (clean.keys.length === 0) return;
  const { rows } = await client.query<{ index: string }>(
    `select i.indexrelid::regclass as index
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     where i.indrelid = $1::regclass and i.indisunique and not c.relispartition`,
    [clean.name],
  );
  for (const { index } of rows) await client.query(`drop index ${index}`);
}
