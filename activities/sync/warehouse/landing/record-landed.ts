import type { Client } from 'pg';
import type { Landed, Manifest, TableOutcome } from '../../../../model/batch.ts';
import { reportHeldBack } from '../../../../model/held-back.ts';
import type { Position } from '../../../../model/position.ts';
import { pipelined } from '../../../postgres/pipeline.ts';
import type { TableMove } from '../move-position.ts';
import { moveSource, moveTables, settleOtherTables } from '../move-position.ts';
import { recordBatch } from './ledger.ts';

/** What a batch has done to the tables of its source. */
export interface BatchEffect {
  /** How far the source had been read before. */
  readonly position: Position;
  readonly moves: readonly TableMove[];
  readonly outcomes: ReadonlyMap<string, TableOutcome>;
  /** Whether the warehouse has the session analytics. */
  readonly analytics: boolean;
}

/** Moves the source to the batch's snapshot, and writes the batch to the ledger: what makes it landed. Call it within the fence. */
export async function recordLanded(
  client: Client,
  manifest: Manifest,
  { position, moves, outcomes, analytics }: BatchEffect,
): Promise<Landed> {
  const { source, snapshot, heldBack } = manifest;
  await pipelined(client, () => [
    moveTables(client, source, moves),
    moveSource(client, manifest),
    settleOtherTables(client, manifest, position),
    recordBatch(client, manifest, outcomes),
  ]);
  return {
    ...{ status: 'landed', ...(!analytics && { analyticsCurrent: true }) },
    completeThrough: snapshot.takenAt,
    tables: Object.fromEntries(outcomes),
    ...reportHeldBack(heldBack),
  };
}
