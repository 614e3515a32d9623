import { withConnection } from '../../activities/postgres/connection.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { sourceEndpoint } from '../../activities/postgres/endpoints.ts';
import type { Survey } from '../../activities/sync/source/survey.ts';
import { survey } from '../../activities/sync/source/survey.ts';
import { surveyRequest } from '../../activities/sync/source/survey-request.ts';
import { changeOfIdentity } from '../../activities/sync/source/identity.ts';
import { readSnapshot } from '../../activities/sync/source/snapshot.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import type { Position } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Check } from './check.ts';
import { checking, failed, ok, remedyOf, warning } from './check.ts';
import { checkClock } from './clock.ts';
import { adviceOnMoved } from '../status/moved-table.ts';
import type { TablesOfSource } from './shared-tables.ts';

const minServerVersion = 130_000;

/**
 * The checks of a source, its tables, and those of the config that it lacks and need not have: none when it cannot be
 * asked.
 */
export interface SourceChecks extends TablesOfSource {
  readonly checks: readonly Check[];
  readonly missing: readonly string[];
}

/**
 * Checks that a source and each of its tables can be read losslessly, and that it is the server read before, whose position is
 * `known`.
 */
export async function checkSource(
  reader: ConfigReader,
  config: Config,
  source: string,
  known: Position,
): Promise<SourceChecks> {
  const subject = `source ${source}`;
  let missing: readonly string[] = [];
  let tables: TablesOfSource['tables'] = new Map();
  const checks = await checking(subject, async () => {
    const endpoint = await sourceEndpoint(reader, config, source);
    return withConnection(endpoint, { ...defaultTimeouts, connectMs: 5_000 }, undefined, async (client) => {
      const { rows } = await client.query<{ role: string; number: string; version: string }>(
        `select current_user as role, current_setting('server_version_num') as number,
                current_setting('server_version') as version`,
      );
      const { role, number, version } = rows[0]!;
      if (Number(number) < minServerVersion)
        return [failed(subject, `Postgres ${version} is not supported`, 'Upgrade it to 13 or newer.')];
      const found = await survey(
        client,
        surveyRequest(config, source, known, undefined, (renamed) => Promise.resolve(renamed)),
      );
      ({ tables } = found);
      missing = found.heldBack.filter(({ elsewhere }) => elsewhere).map(({ table }) => table);
      const sent = Date.now();
      const { now } = await readSnapshot(client);
      return [
        ok(subject, `Postgres ${version}, as ${role}${now.standby ? ', a standby' : ''}`),
        checkIdentity(source, known, now),
        ...(now.standby ? [] : [checkClock(source, now.snapshot.takenAt, sent, Date.now())]),
        ...tableChecks(subject, found),
      ];
    });
  });
  return { source, checks, tables, missing };
}

/** The tables of the config that none of the sources has, although each could be asked. */
export function checkMissing(sources: readonly SourceChecks[]): Check[] {
  const [first, ...others] = sources.map(({ missing }) => new Set(missing));
  return [...(first ?? [])]
    .filter((table) => others.every((tables) => tables.has(table)))
    .map((table) => failed(`table ${table}`, 'no source has it', 'Create it, or remove it from the config.'));
}

function tableChecks(subject: string, { tables, heldBack }: Survey): Check[] {
  return [
    ...[...tables].flatMap(
      ([
        table,
        {
          shape: { movedTo },
        },
      ]) =>
        movedTo === undefined ? [] : warning(`${subject}, ${table}`, `${adviceOnMoved(table, movedTo)}.`),
    ),
    ...[...tables].map(([table, { shape }]) =>
      ok(
        `${subject}, ${table}`,
        shape.copied === undefined
          ? `SELECT granted; key (${shape.key.join(', ')}); swept by xmin: every insert, update and delete${ofDeletes[shape.deletes ?? 'mirror']}`
          : `SELECT granted; copied whole (${shape.copied}) ${shape.leaves.length > 0 ? 'when it has changed' : 'at each run'}`,
      ),
    ),
    ...heldBack
      .filter(({ elsewhere }) => !elsewhere)
      .map((cause) => failed(`${subject}, ${cause.table}`, cause.problem, remedyOf(cause))),
  ];
}

/** What becomes of deleted rows, by `deletes` in the config. */
const ofDeletes = {
  mirror: '',
  mark: '; deleted rows are marked',
  keep: '; deleted rows are kept',
} as const;

function checkIdentity(source: string, known: Position, now: SourceSnapshot): Check {
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
