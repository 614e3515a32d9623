import type { Client } from 'pg';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';
import { recordCycle } from '../metrics.ts';
import { pipelined } from '../postgres/pipeline.ts';
import { sqlFile } from '../postgres/sql-file.ts';
import { lockRefresh } from './warehouse/refresh-lock.ts';
import type { Wait } from './warehouse/refresh-lock.ts';
import { onlyLookups, refreshStatements } from './warehouse/refresh-statements.ts';
import { noteProject } from './warehouse/notes.ts';
import { hasSessionAnalytics } from './warehouse/session-analytics.ts';
import { inTransaction } from './warehouse/transaction.ts';

/** How many noted changes one transaction takes: bounds its length and memory, however many are waiting. */
const changesAtOnce = 20_000;

export interface RefreshInput {
  /** The source that has just landed. */
  readonly source: string;
}

/** The number of sessions whose metrics a refresh changed. */
export interface Refreshed {
  readonly sessions: number;
}

/**
 * clean → analytics. Recomputes the metrics of the sessions whose inputs changed, whoever changed them: all of this
 * source, so that no backlog of another delays it, then one portion of each project whose notes would otherwise wait for
 * long. Its cost is that of the change, not of the history. Any number of refreshes may run at once, next to landings:
 * those of one project one after the other, those of several projects side by side. Nothing in a warehouse without analytics.
 */
export function createRefreshViews(environment: Environment) {
  return defineActivity(environment, refreshViews);
}

async function refreshViews(attempt: Attempt, { source }: RefreshInput): Promise<Refreshed> {
  return attempt.onWarehouse(source, async (client) => {
    if (!(await hasSessionAnalytics(client))) return { sessions: 0 };
    let sessions = 0;
    const refresh = async (project: string, wait: Wait) => {
      const portion = await inTransaction(client, attempt.timeouts, () =>
        refreshPortion(client, project, wait),
      );
      sessions += portion.changed;
      attempt.report({ sessions });
      return portion;
    };
    await inTransaction(client, attempt.timeouts, () => client.query(sqlFile('refresh/hand-out-rates.sql')));
    while ((await refresh(source, 'wait')).more);
    const [left] = await pipelined(client, () => [leftProjects(client, source), recordCycle(client, source)]);
    for (const project of left) await refresh(project, 'try');
    return { sessions };
  });
}

interface Portion {
  /** How many sessions' metrics changed. */
  readonly changed: number;
  /** There may be more notes. */
  readonly more: boolean;
}

const nothing: Portion = { changed: 0, more: false };

/**
 * Lock, take, recompute: statements of one READ COMMITTED transaction, each with its own snapshot. Taking before computing
 * means that a change committed in between is seen twice rather than never; the lock keeps a slow refresh from overwriting
 * a later one.
 */
async function refreshPortion(client: Client, project: string, wait: Wait): Promise<Portion> {
  if (!(await lockProject(client, project, wait))) return nothing;
  const statements = await refreshStatements(client, project);
  if (await takeProject(client, project)) {
    const { rows } = await client.query<{ sessions: string }>(statements.recomputeProject, [project]);
    return { changed: Number(rows[0]!.sessions), more: false };
  }
  const { full, whole, user_ids, ids } = await takeNotes(client, project, statements.takeNotes);
  // The note of the whole project came between the two looks: it is for the next portion.
  if (whole === 't') await noteProject(client, project);
  const more = full === 't' || whole === 't';
  if (user_ids === null) return { changed: 0, more };
  const { rows } = await client.query<{ sessions: string }>(statements.recomputeSessions, [
    project,
    user_ids,
    ids,
  ]);
  return { changed: Number(rows[0]!.sessions), more };
}

/** However long another refresh of the project takes. */
async function lockProject(client: Client, project: string, wait: Wait): Promise<boolean> {
  const [, locked] = await pipelined(client, () => [
    client.query('set local lock_timeout = 0'),
    lockRefresh(client, project, wait),
  ]);
  return locked;
}

/** Takes all notes of the project, if one of them is about the whole project. */
async function takeProject(client: Client, project: string): Promise<boolean> {
  const { rows } = await client.query<{ whole: string }>(
    `select exists (select from analytics.changed_session where project = $1 and user_ids is null) as whole`,
    [project],
  );
  if (rows[0]!.whole !== 't') return false;
  await client.query('delete from analytics.changed_session where project = $1', [project]);
  await client.query('delete from analytics.changed_rate where project = $1', [project]);
  return true;
}

async function takeNotes(client: Client, project: string, statement: string) {
  const [, { rows }] = await pipelined(client, () => [
    client.query(onlyLookups),
    client.query<{
      full: string;
      whole: string;
      /** Arrays as Postgres writes them, null when there are no keys. */
      user_ids: string | null;
      ids: string | null;
    }>(statement, [project, changesAtOnce]),
  ]);
  return rows[0]!;
}

/** Other projects whose notes would otherwise wait for long. */
async function leftProjects(client: Client, except: string): Promise<string[]> {
  const { rows } = await client.query<{ project: string }>(sqlFile('refresh/left-projects.sql'), [except]);
  return rows.map(({ project }) => project);
}
