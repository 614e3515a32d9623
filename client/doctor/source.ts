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

const minServerVersion = 130_000;

/**
 * Checks that a source and each of its tables can be read losslessly, and that it is the server read before, whose identity
 * is `known` (null before the first run).
 */
export async function checkSource(
  reader: ConfigReader,
  config: Config,
  source: string,
  known: Identity | null,
): Promise<Check[]> {
  const subject = `source ${source}`;
  return checking(subject, async () => {
    const endpoint = await sourceEndpoint(reader, config, source);
    return withConnection(endpoint, { ...defaultTimeouts, connectMs: 5_000 }, undefined, async (client) => {
      const { rows } = await client.query<{ role: string; number: string; version: string; standby: string }>(
        `select current_user as role, current_setting('server_version_num') as number,
                current_setting('server_version') as version, pg_is_in_recovery() as standby`,
      );
      const { role, number, version, standby } = rows[0]!;
      const connected = ok(subject, `Postgres ${version}, as ${role}`);
      if (Number(number) < minServerVersion)
        return [failed(subject, `Postgres ${version} is not supported`, 'Upgrade it to 13 or newer.')];
      if (standby === 't')
        return [
          connected,
          failed(subject, 'this server is a standby', "Set the primary's URL in the config."),
        ];
      const tables = Object.entries(tablesOf(config, source));
      const surveyed: Check[] = [];
      for (const [name, table] of tables) surveyed.push(...(await checkTable(client, source, name, table)));
      return [connected, await checkIdentity(client, subject, known), ...surveyed];
    });
  });
}

async function checkIdentity(client: Client, source: string, known: Identity | null): Promise<Check> {
  const { rows } = await client.query<Record<string, string>>(sqlFile('source/snapshot.sql'));
  const { system, database, timeline } = rows[0]!;
  const subject = `${source}, identity`;
  if (!known) return ok(subject, 'not read yet; the first run reads all rows');
  if (known.system !== system || known.database !== database)
    return failed(
      subject,
      `not the server or database read before (then ${known.system} ${known.database}, now ${system} ${database})`,
      'Correct its URL. If the change is intended, run a sync: its error has the statement that accepts the new server.',
    );
  return known.timeline === timeline
    ? ok(subject, 'the server read before')
    : warning(subject, 'failed over or restored since the last run; the next run reads all rows');
}

async function checkTable(
  client: Client,
  source: string,
  name: string,
  table: TableConfig,
): Promise<Check[]> {
  const subject = `source ${source}, ${name}`;
  return checking(subject, async () => {
    const { shape } = (await survey(client, source, { [name]: table })).get(name)!;
    return [
      ok(
        subject,
        `SELECT granted; key (${shape.key.join(', ')}); swept by xmin: every insert, update and delete`,
      ),
    ];
  });
}
