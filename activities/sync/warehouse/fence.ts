import type { ApplicationFailure } from '@temporalio/common';
import type { Client } from 'pg';
import type { BatchReference } from '../../../model/batch.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';

/**
 * The fence. Locks the source's row, so only one transaction at a time writes for the source, and compares positions:
 * `open` when the batch starts from the source's current position; `landed` when it is the last landed batch itself.
 * Throws PositionMoved when another batch has landed in the meantime: this attempt is late, and must not change anything.
 */
export async function passFence(client: Client, batch: BatchReference): Promise<'open' | 'landed'> {
  const { source, id, after } = batch;
  const landed = (await lockSource(client, source)) ?? (await addSource(client, source));
  if (landed === id) return 'landed';
  if (landed === after) return 'open';
  throw positionMoved(batch, `the last landed one is now ${landed ?? 'none'}`);
}

/**
 * Locks the source's row until the transaction ends. Returns the id of the last landed batch; undefined when the source is
 * not known yet.
 */
export async function lockSource(client: Client, source: string): Promise<string | null | undefined> {
  const { rows } = await client.query<{ batch: string | null }>(
    'select batch from ops.source where source = $1 for update',
    [source],
  );
  return rows[0]?.batch;
}

async function addSource(client: Client, source: string): Promise<string | null> {
  await client.query('insert into ops.source (source) values ($1) on conflict do nothing', [source]);
  return (await lockSource(client, source)) ?? null;
}

/** The failure of an attempt that is late: another batch has landed since it read the position. */
export function positionMoved({ source, id, after }: BatchReference, now: string): ApplicationFailure {
  const problem = `batch ${id} starts after batch ${after ?? 'none'}, but ${now}`;
  return createFailure(
    failureTypes.positionMoved,
    { source, causes: [{ problem, advice: 'Nothing was landed.' }] },
    { final: true },
  );
}
