import type { Client } from 'pg';
import type { BatchReference, Manifest, TableShape } from '../../../model/batch.ts';
import type { DroppedColumn } from '../../../model/dropped-columns.ts';
import type { Position } from '../../../model/position.ts';
import { keysDueAfterDeletes } from '../../../model/position.ts';
import type { SourceSnapshot } from '../../../model/snapshot.ts';
import { positionMoved } from './fence.ts';

/** The source's new position. */
export type SourceMove = BatchReference & SourceSnapshot & Pick<Position, 'unchangedWhile'>;

const move = `
  update ops.source
  set batch = $2, snapshot = $3, snapshot_xmin = $4::xid8, snapshot_xmax = $5::xid8, complete_through = $6, clock_ahead = make_interval(secs => $10),
      system_identifier = $7, database = $8, timeline = $9, landed_at = clock_timestamp(), error = null, error_at = null,
      unchanged_while = $11
  where source = $1`;

function valuesOf({ source, id, snapshot, identity, unchangedWhile }: SourceMove) {
  const { system, database, timeline } = identity;
  return [
    source,
    id,
    snapshot.text,
    snapshot.xmin,
    snapshot.xmax,
    snapshot.takenAt,
    system,
    database,
    timeline,
    snapshot.clockAhead ?? 0,
    unchangedWhile ?? null,
  ];
}

/** Moves the source's position to the batch's snapshot, and clears the source's last error. Call it within the fence. */
export async function moveSource(client: Client, to: SourceMove): Promise<void> {
  await client.query(move, valuesOf(to));
}

/**
 * Moves the position of a source in which nothing has changed: the fence and the move in one statement. Returns whether
 * notes wait for a refresh, in a warehouse with `analytics`. Throws PositionMoved when another batch has landed in the
 * meantime.
 */
export async function moveIdleSource(
  client: Client,
  to: SourceMove,
  analytics: boolean,
): Promise<{ notes: boolean }> {
  const notes = analytics
    ? `exists (select from analytics.changed_session where project = $1)
       or exists (select from analytics.changed_rate where project = $1 or project is null)`
    : 'false';
  const { rows } = await client.query<{ notes: string }>(
    `${move} and batch is not distinct from $12 returning ${notes} as notes`,
    [...valuesOf(to), to.after],
  );
  if (!rows[0]) throw positionMoved(to, 'another one has landed since');
  return { notes: rows[0].notes === 't' };
}

/**
 * Records the tables that this batch holds back: their positions stay at `position`, from which a later run goes on. Forgets
 * tables that the config no longer chooses: the source's position moves on without them, so they must be read whole if they
 * return. Until then their rows are orphans, also those of a table that lands under another name since the source renamed it.
 */
export async function settleOtherTables(
  client: Client,
  { source, tables, heldBack }: Manifest,
  { snapshot, identity }: Position,
): Promise<void> {
  await client.query(
    `with held as (
       select * from json_to_recordset($2) as h ("table" text, problem text, advice text, sql text, elsewhere boolean)
     ),
     forgotten as (
       delete from ops.position where source = $1 and table_name <> all ($3) and table_name not in (select "table" from held)
       returning table_name, rows, shape->>'oid' as oid
     ),
     orphaned as (
       insert into ops.orphan (source, table_name, rows, moved_to)
       select $1, table_name, rows,
              (select name from unnest($3::text[], $5::text[]) t (name, oid) where t.oid = f.oid)
       from forgotten f where rows > 0
       on conflict (source, table_name) do update set rows = excluded.rows, kept = false, moved_to = excluded.moved_to
     ),
     forgotten_quarantine as (
       delete from ops.quarantine where source = $1 and table_name in (select table_name from forgotten)
     ),
     forgotten_audits as (
       delete from ops.audit where source = $1 and table_name in (select table_name from forgotten)
     ),
     behind as (
       update ops.position p set behind = $4
       from held
       where p.source = $1 and p.table_name = held."table" and p.behind is null
     ),
     mended as (
       delete from ops.held_back where source = $1 and table_name not in (select "table" from held)
     )
     insert into ops.held_back (source, table_name, problem, advice, sql, elsewhere)
     select $1, "table", problem, advice, sql, elsewhere is true from held
     on conflict (source, table_name) do update
     set problem = excluded.problem, advice = excluded.advice, sql = excluded.sql, elsewhere = excluded.elsewhere`,
    [
      source,
      JSON.stringify(heldBack),
      tables.map(({ table }) => table),
      JSON.stringify(snapshot && { snapshot, identity }),
      tables.map(({ shape }) => shape.oid ?? null),
    ],
  );
}

/**
 * How far a landing moves one table: what it changed; clean then has `rows`, and the snapshot `difference` more, the held
 * deletes apart.
 */
export interface TableMove {
  readonly table: string;
  readonly shape: TableShape;
  /** The columns that the source had, and has no more. */
  readonly dropped: readonly DroppedColumn[];
  /** The batch had all rows. */
  readonly whole: boolean;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly rows: number;
  readonly difference: number;
  /** Rows of clean that the source no longer has, and that were not deleted. */
  readonly heldDeletes: number;
  /** The batch had all rows or all keys, and so has dealt with the deletes that were accepted. */
  readonly showsDeletes: boolean;
}

/** Moves the positions of tables to the batch's snapshot. */
export async function moveTables(client: Client, source: string, moves: readonly TableMove[]): Promise<void> {
  await client.query('delete from ops.orphan where source = $1 and table_name = any ($2)', [
    source,
    moves.map(({ table }) => table),
  ]);
  await client.query(
    `insert into ops.position (source, table_name, rows, difference, held_deletes, accepted_deletes, shape, dropped_columns, whole_due, keys_due, changed_at)
     select $1, t."table", t.rows, t.difference, t."heldDeletes",
            case when t."showsDeletes" then 0 else coalesce(old.accepted_deletes, 0) end, t.shape, t.dropped,
            coalesce(old.whole_due, false) and not t.whole,
            case when t.deleted > 0 then ${keysDueAfterDeletes} else greatest(old.keys_due - 1, 0) end,
            case when t.inserted + t.updated + t.deleted > 0 or old.source is null then clock_timestamp() else old.changed_at end
     from json_to_recordset($2) as t
       ("table" text, rows bigint, difference bigint, shape jsonb, dropped jsonb, inserted bigint, updated bigint, deleted bigint,
        "heldDeletes" bigint, "showsDeletes" boolean, whole boolean)
     left join ops.position old on old.source = $1 and old.table_name = t."table"
     on conflict (source, table_name) do update
     set rows = excluded.rows, difference = excluded.difference, held_deletes = excluded.held_deletes,
         accepted_deletes = excluded.accepted_deletes, whole_due = excluded.whole_due, shape = excluded.shape,
         dropped_columns = excluded.dropped_columns,
         keys_due = excluded.keys_due, changed_at = excluded.changed_at, behind = null`,
    [source, JSON.stringify(moves)],
  );
}
