import type { Client } from 'pg';
import type { HeldBack, Landed, Manifest, TableOutcome } from '../../../../model/batch.ts';
import { isoTime } from '../../../postgres/iso-time.ts';
import { pipelined } from '../../../postgres/pipeline.ts';

/** How long the ledger keeps a batch. */
const ledgerDays = 30;

/** Records the outcome of a batch in the ledger, without the tables that it did not touch, and deletes old batches. */
export async function recordBatch(
  client: Client,
  { source, id, after, snapshot }: Manifest,
  outcomes: ReadonlyMap<string, TableOutcome>,
): Promise<void> {
  const touched = [...outcomes]
    .filter(([, { extracted, deleted }]) => extracted > 0 || deleted > 0)
    .map(([table, outcome]) => ({ table, ...outcome }));
  await pipelined(client, () => [
    client.query(
      'insert into ops.batch (batch, source, after, snapshot, complete_through) values ($1, $2, $3, $4, $5)',
      [id, source, after, snapshot.text, snapshot.takenAt],
    ),
    client.query(
      `insert into ops.batch_table
         (batch, table_name, strategy, extracted, inserted, updated, unchanged, deleted, rows)
       select $1, t.*
       from json_to_recordset($2) as t
         ("table" text, strategy text, extracted bigint, inserted bigint, updated bigint, unchanged bigint, deleted bigint,
          rows bigint)`,
      [id, JSON.stringify(touched)],
    ),
    client.query(
      `delete from ops.batch where source = $1 and landed_at < now() - interval '${ledgerDays} days'`,
      [source],
    ),
  ]);
}

/** The recorded outcome of the batch that landed last for `source`: the same result as the first time. */
export async function recordedOutcome(client: Client, source: string, batchId: string): Promise<Landed> {
  type Count = Exclude<keyof TableOutcome, 'strategy'>;
  const { rows } = await client.query<Record<Count | 'table', string> & { copied: string | null }>(
    `select p.table_name as table, p.shape ->> 'copied' as copied,
            coalesce(b.extracted, 0) as extracted, coalesce(b.inserted, 0) as inserted,
            coalesce(b.updated, 0) as updated, coalesce(b.unchanged, 0) as unchanged,
            coalesce(b.deleted, 0) as deleted, p.rows
     from ops.position p
     left join ops.batch_table b on b.batch = $2 and b.table_name = p.table_name
     where p.source = $1 and p.behind is null
     order by p.table_name`,
    [source, batchId],
  );
  const tables = rows.map(({ table, copied, ...counts }): [string, TableOutcome] => [
    table,
    {
      strategy: copied === null ? 'sweep' : 'copy',
      extracted: Number(counts.extracted),
      inserted: Number(counts.inserted),
      updated: Number(counts.updated),
      unchanged: Number(counts.unchanged),
      deleted: Number(counts.deleted),
      rows: Number(counts.rows),
    },
  ]);
  return {
    status: 'landed',
    completeThrough: await completeThrough(client, source),
    tables: Object.fromEntries(tables),
    ...(await recordedHeldBack(client, source)),
  };
}

async function recordedHeldBack(client: Client, source: string): Promise<Pick<Landed, 'heldBack'>> {
  const { rows } = await client.query<{ found: string }>(
    `select json_strip_nulls(json_build_object('table', table_name, 'problem', problem, 'advice', advice, 'sql', sql)) as found
     from ops.held_back
     where source = $1 and not elsewhere
     order by table_name`,
    [source],
  );
  const heldBack = rows.map(({ found }) => JSON.parse(found) as HeldBack);
  return heldBack.length > 0 ? { heldBack } : {};
}

async function completeThrough(client: Client, source: string): Promise<string> {
  const { rows } = await client.query<{ epoch: string }>(
    'select extract(epoch from complete_through) as epoch from ops.source where source = $1',
    [source],
  );
  return isoTime(rows[0]!.epoch);
}
