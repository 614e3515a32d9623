import type { Client } from 'pg';
import type { Manifest } from '../../../model/batch.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';

/**
 * The first half of the fence: locks the source's row, so that what is written for a source is written by one transaction
 * at a time. Returns the batch that landed last, null when none has.
 */
export async function lockSource(client: Client, source: string): Promise<string | null> {
  await client.query('insert into ops.source (source) values ($1) on conflict do nothing', [source]);
  const { rows } = await client.query<{ batch: string | null }>(
    'select batch from ops.source where source = $1 for update',
    [source],
  );
  return rows[0]?.batch ?? null;
}

/**
 * The second half: whether `manifest` starts where the source stands, `landed` being the batch that landed last. It is
 * `landed` when that is this very batch. Throws PositionMoved when another one landed: this attempt is late, and must
 * change nothing.
 */
export function checkFence(manifest: Manifest, landed: string | null): 'open' | 'landed' {
  const { source, id, after } = manifest;
  if (landed === id) return 'landed';
  if (landed === after) return 'open';
  const problem = `batch ${id} starts after ${after ?? 'nothing'}, but ${landed ?? 'nothing'} landed meanwhile`;
  throw createFailure(
    failureTypes.positionMoved,
    { source, causes: [{ problem, advice: 'Nothing of it was landed.' }] },
    { final: true },
  );
}

/** Both halves, for who has the manifest already. */
export async function passFence(client: Client, manifest: Manifest): Promise<'open' | 'landed'> {
  return checkFence(manifest, await lockSource(client, manifest.source));
}
