import type { Client } from 'pg';
import { withConnection } from '../../activities/postgres/connection.ts';
import { warehouseEndpoint } from '../../activities/postgres/endpoints.ts';
import { sqlFile } from '../../activities/postgres/sql-file.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import { hourMs } from '../../model/local-hour.ts';
import type { Night, NightChanges, PageData, Part, SourceState } from '../page-data.ts';
import { missing } from './missing.ts';

/** How long the page waits for a connection, for one statement, and for all of them, in milliseconds. */
const patience = { connectMs: 2_000, statementMs: 2_000, allMs: 6_000 };

/** The last batches of each source, for the runs that they belong to. */
export interface BatchRow {
  readonly source: string;
  readonly batch: string;
  readonly extracted: number;
  /** Of the last batches that changed anything: name, inserted, updated, deleted. */
  readonly tables: readonly (readonly [string, number, number, number])[];
}

type WarehousePart =
  'sources' | 'heldBack' | 'lag' | 'landings' | 'lastNight' | 'days' | 'schemaChanges' | 'sizes' | 'sessions';
export type WarehouseParts = Pick<PageData, WarehousePart> & { readonly batches: Part<readonly BatchRow[]> };

const hoursOfLag = 7 * 24;
const hoursOfLandings = 36;
const daysShown = 30;
const schemaChangesShown = 40;
/** More than the page shows: a run may have two. */
const batchesWithTables = 100;

/**
 * Reads from ops and the session analytics what the page shows. A part that cannot be read says why, and the others are
 * there. `batchesPerSource` is the number of each source's last batches. `now` is in milliseconds since 1970. All statements
 * see one snapshot, so that no two parts disagree, and are cut after two seconds, so that they never pile up. Returns `last`
 * when the sources are as they were then, because then nothing has landed and none has failed: many rows are added up for
 * the other parts.
 */
export async function readWarehouse(
  reader: ConfigReader,
  config: Config,
  batchesPerSource: number,
  now: number,
  last?: WarehouseParts,
): Promise<WarehouseParts> {
  try {
    const endpoint = await warehouseEndpoint(reader, config);
    const timeouts = { ...defaultTimeouts, connectMs: patience.connectMs };
    return await withConnection(endpoint, timeouts, AbortSignal.timeout(patience.allMs), async (client) => {
      const read = async <T>(file: string, ...values: number[]): Promise<Part<readonly T[]>> => {
        try {
          return { value: await rowsOf<T>(client, sqlFile(`page/${file}.sql`), values) };
        } catch (error) {
          return missing(error);
        }
      };
      await client.query(
        `begin isolation level repeatable read read only; set local statement_timeout = ${patience.statementMs}; set local jit = off`,
      );
      const sources = await read<SourceState>('sources');
      if (last && JSON.stringify(last.sources) === JSON.stringify(sources)) return last;
      const night = lastNight(now);
      return {
        sources,
        heldBack: await read('held-back'),
        schemaChanges: await read('schema-changes', schemaChangesShown),
        batches: await read('batches', batchesPerSource, batchesWithTables),
        lag: bySource(await read('lag', hoursOfLag)),
        days: await read('days', daysShown),
        landings: await read('landings', hoursOfLandings),
        lastNight: during(night, await read('last-night', night.from / 1_000)),
        sizes: await read('sizes'),
        sessions: (await hasSessions(client))
          ? await read('sessions', daysShown)
          : { missing: 'The session analytics are not set up in this warehouse.' },
      };
    });
  } catch (error) {
    const part = missing(error);
    return {
      sources: part,
      heldBack: part,
      schemaChanges: part,
      batches: part,
      lag: part,
      days: part,
      landings: part,
      lastNight: part,
      sizes: part,
      sessions: part,
    };
  }
}

/** The rows of a query, as JSON: numbers are numbers. The transaction goes on after one that fails. */
async function rowsOf<T>(client: Client, sql: string, values: readonly number[]): Promise<T[]> {
  await client.query('savepoint part');
  try {
    const { rows } = await client.query<{ found: string }>(
      `select coalesce(json_agg(q), '[]') as found from (${sql}) q`,
      [...values],
    );
    await client.query('release savepoint part');
    return JSON.parse(rows[0]!.found) as T[];
  } catch (error) {
    await client.query('rollback to savepoint part').catch(() => undefined);
    throw error;
  }
}

async function hasSessions(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ found: string | null }>(
    `select to_regclass('analytics.session_metrics') as found`,
  );
  return rows[0]!.found !== null;
}

type Period = Pick<Night, 'from' | 'to'>;

/** The night before the day of `now`. */
function lastNight(now: number): Period {
  const midnight = Math.floor(now / (24 * hourMs)) * 24 * hourMs;
  return { from: midnight - 6 * hourMs, to: midnight + 6 * hourMs };
}

function during(night: Period, changes: Part<readonly NightChanges[]>): PageData['lastNight'] {
  return 'missing' in changes ? changes : { value: { ...night, changes: changes.value } };
}

type Points = readonly (readonly [number, number])[];

function bySource(part: Part<readonly { source: string; points: Points }[]>): PageData['lag'] {
  return 'missing' in part
    ? part
    : { value: Object.fromEntries(part.value.map(({ source, points }) => [source, points])) };
}
