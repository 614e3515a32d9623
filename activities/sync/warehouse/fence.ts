import type { Client } from 'pg';
import type { BatchReference } from '../../../model/batch.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';

/**
 * The fence. Locks the source's row, so that what is written for a source is written by one transaction at a time, and
 * compares: `open` when the batch starts where the source stands; `landed` when it is the very batch that landed last.
 * Throws PositionMoved when another one landed meanwhile: this attempt is late, and must change nothing.
 */
export async function passFence(client: Client, batch: BatchReference): Promise<'open' | 'landed'> {
  const { source, id, after } = batch;
  await client.query('insert into ops.source (source) values ($1) on conflict do nothing', [source]);
  const { rows } = await client.query<{ batch: string | null }>(
    'select batch from ops.source where source = $1 for update',
    [source],
  );
  const landed = rows[0]?.batch ?? null;
  if (landed === id) return 'landed';
  if (landed === after) return 'open';
  const problem = `batch ${id} starts after ${after ?? 'nothing'}, but ${landed ?? 'nothing'} landed meanwhile`;
  throw createFailure(
    failureTypes.positionMoved,
    { source, causes: [{ problem, advice: 'Nothing of it was landed.' }] },
    { final: true },
  );
}
