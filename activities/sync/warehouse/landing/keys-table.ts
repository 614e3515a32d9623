import type { Client } from 'pg';
import type { TableBatch } from '../../../../model/batch.ts';
import { identList, qualified, quoteLiteral } from '../../../../model/identifier.ts';
import { leafName } from '../relations.ts';
import { sameKey } from './landing-statements.ts';

/**
 * The table of all keys that a batch brought for one table of a source, quoted and qualified. It has nothing but the keys,
 * because there may be millions of them: its comment says which batch brought them. A load makes it and a landing drops it.
 */
export function keysTable(table: string, source: string): string {
  return leafName({ schema: 'keys', name: table }, source);
}

/** Makes the table of the keys of a batch in place of an earlier batch's, with the types of raw. */
export async function createKeysTable(
  client: Client,
  { source, id }: { readonly source: string; readonly id: string },
  { table, shape }: TableBatch,
): Promise<void> {
  const name = keysTable(table, source);
  await client.query(`drop table if exists ${name};
    create unlogged table ${name} as select ${identList(shape.key)} from ${qualified('raw', table)} with no data;
    comment on table ${name} is ${quoteLiteral(id)}`);
}

/** The number of keys that the batch brought; undefined when the keys are not there, or another batch's. */
export async function countKeys(client: Client, table: string, batchId: string): Promise<number | undefined> {
  const { rows } = await client.query<{ batch: string | null }>(
    `select obj_description(to_regclass($1), 'pg_class') as batch`,
    [table],
  );
  if (rows[0]!.batch !== batchId) return undefined;
  const { rows: counts } = await client.query<{ count: string }>(`select count(*) from ${table}`);
  return Number(counts[0]!.count);
}

/** The condition that a row of `t` has a key among the keys. */
export function amongKeys(keys: string, key: readonly string[]): string {
  return `exists (select from ${keys} k where ${sameKey(key, 'k', 't')})`;
}
