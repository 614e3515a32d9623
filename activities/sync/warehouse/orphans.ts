import type { Client } from 'pg';
import { isoTime } from '../../postgres/iso-time.ts';
import type { Identity } from '../../../model/snapshot.ts';

/** A table in clean whose rows no run reads any longer. */
export interface OrphanedTable {
  readonly table: string;
  readonly rows: number;
  /** Somebody has decided that the rows stay. */
  readonly kept: boolean;
  /** The table as which its relation lands now, since the source has renamed it; absent otherwise. */
  readonly movedTo?: string;
}

/** The rows of a source that the config no longer has, or of tables that it no longer chooses for the source. */
export interface Orphans {
  readonly source: string;
  /** The config still has the source. */
  readonly configured: boolean;
  /** By name. */
  readonly tables: readonly OrphanedTable[];
  /** When the first of them was found to be left, or last landed (ISO 8601). */
  readonly since: string;
}

/** The orphans of each source, `configured` being the sources of the config; those that somebody keeps come last. */
export async function readOrphans(client: Client, configured: readonly string[]): Promise<Orphans[]> {
  const { rows } = await client.query<{ source: string; tables: string | null; since: string }>(
    `select source,
            json_agg(json_strip_nulls(json_build_object('table', table_name, 'rows', rows, 'kept', kept, 'movedTo', moved_to)) order by table_name)
              filter (where table_name is not null) as tables,
            extract(epoch from min(since)) as since
     from (
       select s.source, p.table_name, p.rows, s.landed_at as since, false as kept, null as moved_to
       from ops.source s left join ops.position p using (source)
       where s.batch is not null and s.source <> all ($1)
       union all
       select source, table_name, rows, since, kept, moved_to from ops.orphan
     ) found
     group by source
     order by bool_and(kept), source`,
    [configured],
  );
  return rows.map(({ source, tables, since }) => ({
    source,
    configured: configured.includes(source),
    tables: JSON.parse(tables ?? '[]') as OrphanedTable[],
    since: isoTime(since),
  }));
}

/** Those orphans about which nobody has decided yet. */
export function undecided(orphans: readonly Orphans[]): Orphans[] {
  return orphans
    .map((each) => ({ ...each, tables: each.tables.filter(({ kept }) => !kept) }))
    .filter(({ tables }) => tables.length > 0);
}

/** A source that has landed and that the config no longer has, although it is the server and the database `now`. */
export async function orphanOf(
  client: Client,
  configured: readonly string[],
  { system, database }: Identity,
): Promise<string | undefined> {
  const { rows } = await client.query<{ source: string }>(
    `select source from ops.source
     where batch is not null and source <> all ($1) and system_identifier = $2 and database = $3
     order by landed_at desc limit 1`,
    [configured, system, database],
  );
  return rows[0]?.source;
}
