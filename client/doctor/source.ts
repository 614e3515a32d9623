import type { Client } from 'pg';
import { withConnection } from '../../activities/postgres/connection.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { sourceEndpoint } from '../../activities/postgres/endpoints.ts';
import { survey } from '../../activities/sync/source/survey.ts';
import { sqlFile } from '../../activities/postgres/sql-file.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import type { TableConfig } from '../../model/config-schema.ts';
import { tablesOf } from '../../model/config.ts';
import type { Identity } from '../../model/snapshot.ts';
import type { Check } from './check.ts';
import { checking, failed, ok, warning } from './check.ts';

const oldest = 130_000;

/** A source: whether it can be read losslessly, and whether it is the server that was read before. */
export async function checkSource(
  reader: ConfigReader,
  config: Config,
  source: string,
  known: Identity | null,
): Promise<Check[]> {
  const what = `source ${source}`;
  return checking(what, [`source "${source}"`], async () => {
    const endpoint = await sourceEndpoint(reader, config, source);
    return withConnection(endpoint, { ...defaultTimeouts, connectMs: 5_000 }, undefined, async (client) => {
      const { rows } = await client.query<{ role: string; number: string; version: string; standby: string }>(
        `select current_user as role, current_setting('server_version_num') as number,
                current_setting('server_version') as version, pg_is_in_recovery() as standby`,
      );
      const { role, number, version, standby } = rows[0]!;
      const reached = ok(what, `Postgres ${version}, as ${role}`);
      if (Number(number) < oldest)
        return [failed(what, `it is Postgres ${version}; Tidehouse needs 13 or newer`)];
      if (standby === 't')
        return [failed(what, "it is a standby; put the primary's URL into the config"), reached];
      const tables = Object.entries(tablesOf(config, source));
      const surveyed: Check[] = [];
      for (const [name, table] of tables) surveyed.push(...(await checkTable(client, source, name, table)));
      return [reached, await checkIdentity(client, what, known), ...surveyed];
    });
  });
}

async function checkIdentity(client: Client, what: string, known: Identity | null): Promise<Check> {
  const { rows } = await client.query<Record<string, string>>(sqlFile('source/snapshot.sql'));
  const { system, database, timeline } = rows[0]!;
  const identity = `${what}, identity`;
  if (!known) return ok(identity, 'never read so far; the first run reads it whole');
  if (known.system !== system || known.database !== database)
    return failed(
      identity,
      `it is another server or database than the one that was read before (then ${known.system} ${known.database}, now ${system} ${database}); correct its URL, or run a sync, whose error holds the statement that makes it start anew`,
    );
  return known.timeline === timeline
    ? ok(identity, 'the server that was read before')
    : warning(identity, 'it was failed over or restored since; the next run reads its tables whole');
}

async function checkTable(
  client: Client,
  source: string,
  name: string,
  table: TableConfig,
): Promise<Check[]> {
  const what = `source ${source}, ${name}`;
  return checking(what, [`source "${source}"`, `table "${name}"`], async () => {
    const { shape } = (await survey(client, source, { [name]: table })).get(name)!;
    return [
      ok(
        what,
        `SELECT granted; key (${shape.key.join(', ')}); swept by xmin: every insert, update and delete`,
      ),
    ];
  });
}
