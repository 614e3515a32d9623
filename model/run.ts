import type { TableOutcome } from './batch.ts';

/** The wire names: what Temporal knows our things by. Never rename one that may be running. */
export const taskQueue = 'tidehouse';
export const workflowTypes = { sync: 'sync', syncSource: 'syncSource' } as const;
export const syncScheduleId = 'sync';

/** The id of the child that reads a source: there is never a second one of that name, so it is the source's mutex. */
export function syncSourceId(source: string): string {
  return `sync-source/${source}`;
}

export interface SyncInput {
  /** The sources to read; all configured ones when absent. */
  readonly sources?: readonly string[];
  /** How long to wait for children, in milliseconds; what is not done by then goes on by itself. */
  readonly patienceMs: number;
  /** Wait for a child that is already running, and then run once more. */
  readonly afterRunning?: boolean;
}

export interface SyncSourceInput {
  readonly source: string;
}

export interface SourceResult {
  readonly status: 'landed' | 'failed' | 'running';
  /** The source's clock (ISO 8601): all that had committed by then is in the warehouse. */
  readonly completeThrough?: string;
  readonly error?: string;
  readonly tables: Readonly<Record<string, TableOutcome>>;
  /** Sessions whose metrics were recomputed. */
  readonly sessions: number;
}

export interface SyncResult {
  readonly sources: Readonly<Record<string, SourceResult>>;
}

/** What a syncSource run is doing, for people who watch. */
export interface SourceProgress {
  readonly step: 'starting' | 'extracting' | 'loading' | 'landing' | 'refreshing' | 'landed' | 'failed';
  readonly rows: number;
}

export const progressQuery = 'progress';
