import { withConnection } from '../../activities/postgres/connection.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { sourceEndpoint } from '../../activities/postgres/endpoints.ts';
import { without } from '../../activities/sync/source/held-back.ts';
import type { Survey } from '../../activities/sync/source/survey.ts';
import { survey } from '../../activities/sync/source/survey.ts';
import { surveyRequest } from '../../activities/sync/source/survey-request.ts';
import { changeOfIdentity } from '../../activities/sync/source/identity.ts';
import { readSnapshot } from '../../activities/sync/source/snapshot.ts';
import type { HeldBack, TableShape } from '../../model/batch.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import type { Position } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Check } from './check.ts';
import { checking, failed, ok, remedyOf, warning } from './check.ts';
import { checkClock } from './clock.ts';
import { isReadAllTheSame, problemOfUnmatched, unmatchedEverywhere } from '../tables/unmatched.ts';
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
  readonly unmatched: Survey['unmatched'];
}

/** Says which tables of a source the warehouse would refuse in the next run. */
export type Foresee = (source: string, tables: Survey['tables']) => Promise<readonly HeldBack[]>;

/**
 * Checks that a source and each of its tables can be read losslessly, and that it is the server read before, whose position is
 * `known`; and that the warehouse would take the tables as they are now, which it asks with `foresee`.
 */
export async function checkSource(
  reader: ConfigReader,
  config: Config,
  source: string,
  known: Position,
  foresee: Foresee,
): Promise<SourceChecks> {
  const subject = `source ${source}`;
  let missing: readonly string[] = [];
  let unmatched: Survey['unmatched'] = [];
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
      const atSource = await survey(
        client,
        surveyRequest(config, source, known, undefined, (renamed) => Promise.resolve(renamed)),
      );
      ({ tables, unmatched } = atSource);
      const found = without(atSource, await foresee(source, atSource.tables));
      missing = found.heldBack.filter(({ elsewhere }) => elsewhere).map(({ table }) => table);
      const sent = Date.now();
      const { now } = await readSnapshot(client);
      return [
        ok(subject, `Postgres ${version}, as ${role}${now.standby ? ', a standby' : ''}`),
        checkIdentity(source, known, now),
        ...(now.standby ? [] : [checkClock(source, now.snapshot.takenAt, sent, Date.now())]),
        ...tableChecks(subject, found, known),
      ];
    });
  });
  return { source, checks, tables, missing, unmatched };
}

/** The tables of the config that none of the sources has, although each could be asked. */
export function checkMissing(sources: readonly SourceChecks[]): Check[] {
  const [first, ...others] = sources.map(({ missing }) => new Set(missing));
  return [...(first ?? [])]
    .filter((table) => others.every((tables) => tables.has(table)))
    .map((table) => failed(`table ${table}`, 'no source has it', 'Create it, or remove it from the config.'));
}

/**
 * The patterns and the names in their `except` that stand for no table of any source. It fails where such a name most likely
 * means what is read: a run cannot hold that back, because it sees one source, and another may have a table of this name.
 */
export function checkUnmatched(config: Config, sources: readonly SourceChecks[]): Check[] {
  const found = new Map(sources.map(({ source, unmatched }) => [source, unmatched]));
  return unmatchedEverywhere(config, found).map((each) =>
    (isReadAllTheSame(each) ? failed : warning)(
      `tables, ${each.line}`,
      problemOfUnmatched(each),
      'Correct the name in the config, or remove it.',
    ),
  );
}

function tableChecks(subject: string, { tables, heldBack }: Survey, known: Position): Check[] {
  return [
    ...[...tables].map(([table, { shape }]) =>
      checkTable(`${subject}, ${table}`, table, shape, known.heldBack.get(table)),
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

/** A table that can be read; `problem` is why the last run held it back all the same. */
function checkTable(
  subject: string,
  table: string,
  { copied, key, leaves, movedTo, deletes }: TableShape,
  problem: string | undefined,
): Check {
  if (problem !== undefined)
    return warning(
      subject,
      `the last run held it back: ${problem}`,
      'Do what "tidehouse status" says of it, unless that is done; the next run tries again.',
    );
  if (movedTo !== undefined) return warning(subject, `${adviceOnMoved(table, movedTo)}.`);
  return ok(
    subject,
    copied === undefined
      ? `SELECT granted; key (${key.join(', ')}); swept by xmin: every insert, update and delete${ofDeletes[deletes ?? 'mirror']}`
      : `SELECT granted; copied whole (${copied}) ${leaves.length > 0 ? 'when it has changed' : 'at each run'}`,
  );
}

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
