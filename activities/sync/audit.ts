import type { Client } from 'pg';
import type { AuditPortion, TableAudit } from '../../model/audit.ts';
import { isEqual } from '../../model/audit.ts';
import type { FailureSubject } from '../../model/failure.ts';
import type { Position } from '../../model/position.ts';
import { planRead } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { named, postgresFailure } from '../postgres/errors.ts';
import { pipelined } from '../postgres/pipeline.ts';
import { sessionSettings } from '../postgres/session.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { compareTable } from './audit/compare-table.ts';
import { nextRange, within } from './audit/key-range.ts';
import { cleanSide, sourceSide } from './audit/sides.ts';
import { storesUtf8 } from './audit/statements.ts';
import { sourceToRead } from './source-to-read.ts';
import { refuseAnotherServer } from './source/identity.ts';
import { setSalt } from './source/salt.ts';
import { underSnapshot } from './source/snapshot.ts';
import type { Survey } from './source/survey.ts';
import type { SurveyedTable } from './source/surveyed-table.ts';
import type { Audited, Reached } from './warehouse/audits.ts';
import { readReached, recordAudit } from './warehouse/audits.ts';
import { readQuarantinedKeys } from './warehouse/landing/quarantine.ts';
import type { Relation } from './warehouse/relations.ts';
import { readRelations } from './warehouse/relations.ts';
import { inTransaction } from './warehouse/transaction.ts';

/** The result of an audit, by table; without the tables that the next run reads whole in any case. */
export type AuditResult = Readonly<Record<string, TableAudit>>;

/**
 * Compares every row of a source's tables with clean, by hashes, under one snapshot of either side. A table that is not equal,
 * apart from what has changed since its position and from rows in quarantine, is marked to be read whole by the next extract,
 * which makes it equal. Of a large table it compares a range of keys, when that is asked for, and the next call goes on behind it.
 * It changes no row itself and locks no other tables. It may run twice, and while the source lands.
 */
export function createAuditSource(environment: Environment) {
  return defineActivity(environment, auditSource);
}

async function auditSource(attempt: Attempt, input: AuditPortion): Promise<AuditResult> {
  const { timeouts } = attempt;
  // The warehouse's snapshot comes first: what it shows and the source's does not was not landed from the source.
  return attempt.onWarehouse(input.source, async (warehouse) => {
    const found = await readOnly(warehouse, timeouts, () => auditLanded(attempt, input, warehouse));
    await inTransaction(warehouse, timeouts, () => recordAudit(warehouse, input.source, found));
    return Object.fromEntries(
      [...found].map(([table, { reached, ...audited }]) => [
        table,
        { ...audited, ...(reached && isEqual(audited) && { unfinished: true }) },
      ]),
    );
  });
}

/** Compares what has landed, under one snapshot of the source. */
async function auditLanded(
  attempt: Attempt,
  { source, tables: requested, rowsAtOnce }: AuditPortion,
  warehouse: Client,
): Promise<ReadonlyMap<string, Audited>> {
  const { position, salt, lookUp } = await sourceToRead(attempt, source, [], (query) => query(warehouse));
  if (position.batchId === null) return new Map();
  const landed = await readLanded(warehouse, source, position);
  return attempt.onSource(source, (client) => {
    const survey = async () => onlyTables(await lookUp(client), requested);
    return underSnapshot(client, { source, survey, timeouts: attempt.timeouts }, async (now, { tables }) => {
      refuseAnotherServer(source, position, now);
      if (salt !== undefined) await setSalt(client, salt);
      await client.query(waiting);
      return compareTables({ attempt, source: client, warehouse, rowsAtOnce }, landed, now, tables);
    });
  });
}

/** What has landed of a source. */
interface Landed {
  readonly project: string;
  readonly position: Position;
  readonly relationOf: (table: string) => Relation;
  /** By table, the keys of its rows that are in quarantine. */
  readonly quarantined: ReadonlyMap<string, ReadonlySet<string>>;
  /** By table, how far the audit before has come. */
  readonly reached: ReadonlyMap<string, Reached>;
  /** Whether the warehouse stores text as UTF8. */
  readonly utf8: boolean;
}

async function readLanded(warehouse: Client, project: string, position: Position): Promise<Landed> {
  const [relationOf, quarantined, reached, utf8] = await pipelined(warehouse, () => [
    readRelations(warehouse, project, 'clean', [...position.tables.keys()]),
    readQuarantinedKeys(warehouse, project),
    readReached(warehouse, project),
    storesUtf8(warehouse),
  ]);
  return { project, position, relationOf, quarantined, reached, utf8 };
}

/** The requested tables of a survey, or all when none is requested. */
function onlyTables({ tables, ...others }: Survey, requested: readonly string[]): Survey {
  const wanted = [...tables].filter(([table]) => requested.length === 0 || requested.includes(table));
  return { ...others, tables: new Map(wanted) };
}

/** One side may have to wait for the other, whose server is slower. */
const waiting = `set local idle_in_transaction_session_timeout = '10min'`;

/** Runs `work` under one snapshot of the warehouse. */
async function readOnly<T>(warehouse: Client, timeouts: Timeouts, work: () => Promise<T>): Promise<T> {
  await warehouse.query(`begin isolation level repeatable read read only;
    ${sessionSettings(warehouse, timeouts, timeouts.warehouseLockMs)}
    ${waiting}`);
  try {
    return await work();
  } finally {
    await warehouse.query('rollback');
  }
}

interface Auditor {
  readonly attempt: Attempt;
  readonly source: Client;
  readonly warehouse: Client;
  readonly rowsAtOnce: number | undefined;
}

async function compareTables(
  { attempt: { report }, source, warehouse, rowsAtOnce }: Auditor,
  { project, position, relationOf, quarantined, reached, utf8 }: Landed,
  now: SourceSnapshot,
  surveyed: ReadonlyMap<string, SurveyedTable>,
): Promise<Map<string, Audited>> {
  const found = new Map<string, Audited>();
  const bothUtf8 = utf8 && (await storesUtf8(source));
  for (const [table, from] of surveyed) {
    const known = position.tables.get(table);
    const { sinceXmin } = planRead(position, now, table, from.shape);
    if (!known || sinceXmin === undefined) continue;
    report({ table });
    const failed = (subject: FailureSubject) => (error: unknown) => {
      throw postgresFailure(subject, named(table, error));
    };
    const { rows, shape } = known;
    const whole = cleanSide(project, relationOf(table), from.shape, shape);
    const range =
      rowsAtOnce === undefined
        ? undefined
        : await nextRange(warehouse, whole, from.shape, reached.get(table), rowsAtOnce);
    const compared = await compareTable(
      {
        client: source,
        side: within(range, sourceSide(from, sinceXmin)),
        failed: failed({ source: project }),
      },
      {
        client: warehouse,
        side: within(range, whole),
        failed: failed({ source: project, warehouse: true }),
      },
      {
        rows,
        utf8: bothUtf8,
        quarantined: quarantined.get(table) ?? new Set(),
        ...(range && { whole, reached: range.reached }),
      },
    );
    // Rows that are kept although the source has deleted them look like rows that somebody added.
    found.set(table, shape.deletes === 'keep' ? { ...compared, surplus: 0 } : compared);
  }
  return found;
}
