import type { Client } from 'pg';
import { withConnection } from '../../activities/postgres/connection.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { sourceEndpoint } from '../../activities/postgres/endpoints.ts';
import { survey } from '../../activities/sync/source/survey.ts';
import { changeOfIdentity } from '../../activities/sync/source/identity.ts';
import { readSnapshot } from '../../activities/sync/source/snapshot.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import type { TableConfig } from '../../model/config-schema.ts';
import { tablesOf } from '../../model/config.ts';
import type { Position } from '../../model/position.ts';
import type { Check } from './check.ts';
import { checking, failed, ok, warning } from './check.ts';

/** How a source was when it last landed; null before. */
export type KnownSource = Pick<Position, 'identity' | 'snapshot'>;

const minServerVersion = 130_000;

/**
 * Checks that a source and each of its tables can be read losslessly, and that it is the server read before, whose identity
 * is `known`.
 */
export async function checkSource(
  reader: ConfigReader,
  config: Config,
  source: string,
  known: KnownSource,
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
      return [connected, await checkIdentity(client, source, known), ...surveyed];
    });
  });
}

async function checkIdentity(client: Client, source: string, known: KnownSource): Promise<Check> {
  const { now } = await readSnapshot(client);
  const subject = `source ${source}, identity`;
  if (!known.identity) return ok(subject, 'not read yet; the first run reads all rows');
  const problem = changeOfIdentity(known, now);
  if (problem !== undefined)
    return failed(
      subject,
      problem,
      `Correct its URL. If the change is intended, run: tidehouse accept ${source}`,
    );
  return known.identity.timeline === now.identity.timeline
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
