import type { TableAudit } from './audit.ts';
import type { HeldBack, TableOutcome } from './batch.ts';

/** How long a run of a source or a place may take, in minutes: Temporal ends it then. */
export const childTimeoutMinutes = 120;

export interface SyncInput {
  /** The sources to read; all configured ones when absent. */
  readonly sources?: readonly string[];
  /** How long to wait for the children, in minutes. Those still running by then continue on their own. */
  readonly waitMinutes: number;
  /** When a child is already running, wait for it and then start another. */
  readonly afterRunning?: boolean;
  /** Compare these tables with clean first, or all when empty, and mend what differs. */
  readonly audit?: readonly string[];
}

export interface AuditRunInput {
  /** How long to begin further portions, in minutes. */
  readonly minutes: number;
}

/** What a run of the schedule `audit` says about one source. */
export interface AuditTotals {
  readonly status: 'audited' | 'failed';
  /** Tables that were compared, and rows of clean. */
  readonly tables: number;
  readonly rows: number;
  /** Tables that were not as they are at the source. The next run of `sync` reads them whole. */
  readonly unequal: number;
  /** Why it failed; cut short where many sources failed. */
  readonly error?: string;
}

export interface AuditRunResult {
  /** What was compared, in words. */
  readonly compared: string;
  readonly sources: Readonly<Record<string, AuditTotals>>;
  /** The portions that were not begun, because the time was over or their source had failed. The next run begins with them. */
  readonly left: number;
}

export interface SyncSourceInput {
  readonly source: string;
  readonly audit?: readonly string[];
  /** The search attributes that the namespace has; none when absent. */
  readonly searchAttributes?: readonly string[];
}

/** What a run is about: its sources or places, and the search attributes that the namespace has. */
export interface Listed {
  readonly names: readonly string[];
  readonly searchAttributes: readonly string[];
}

/** The result of a syncSource run that landed. */
export interface SourceResult {
  /** What landed, in words. */
  readonly landed: string;
  readonly status: 'landed';
  /** The source's clock (ISO 8601): all that had committed by then is in the warehouse. */
  readonly completeThrough: string;
  readonly tables: Readonly<Record<string, TableOutcome>>;
  /** The tables that did not land; absent when there are none. */
  readonly heldBack?: readonly HeldBack[];
  /** The number of sessions whose metrics were recomputed. */
  readonly sessions: number;
  /** What the audit found that was requested, by table. The run has mended it. */
  readonly audited?: Readonly<Record<string, TableAudit>>;
}

/** What a sync run says about one source: totals only, because Temporal refuses a result of 2 MiB. */
export interface SourceTotals {
  readonly status: 'landed' | 'failed' | 'running';
  /** The syncSource run that landed: its result has the outcome of each table. */
  readonly runId?: string;
  readonly completeThrough?: string;
  readonly extracted: number;
  /** Rows that were inserted, updated or deleted. */
  readonly changed: number;
  readonly sessions: number;
  /** How many tables did not land; absent when all did. */
  readonly heldBack?: number;
  /** Why it failed; cut short where many sources failed. */
  readonly error?: string;
}

export interface SyncResult {
  /** What landed, in words. */
  readonly landed: string;
  readonly sources: Readonly<Record<string, SourceTotals>>;
}

/** What a sync run has done so far, for people who watch: the sources that matter most, and how many there are. */
export interface SyncProgress extends Pick<SyncResult, 'sources'> {
  /** How many sources have each status, those included that `sources` leaves out. */
  readonly counts: Readonly<Record<string, number>>;
}

/** The progress of a syncSource run. */
export interface SourceProgress {
  readonly phase:
    | 'starting'
    | 'auditing'
    | 'extracting'
    | 'copying'
    | 'loading raw'
    | 'upserting'
    | 'refreshing views'
    | 'landed'
    | 'failed';
  readonly rows: number;
  /** Which extract of the run it is about; absent in the first. */
  readonly pass?: number;
}

/** The phase in words; from the second pass on with its number, because it begins again at an earlier phase. */
export function phaseText(phase: string, pass: number | undefined): string {
  return pass === undefined ? phase : `${phase}, pass ${pass}`;
}

export interface WeatherInput {
  /** All configured places when absent. */
  readonly places?: readonly string[];
  /** Fill the missing ones of these hours instead of observing the current weather. */
  readonly hours?: HourRange;
  readonly waitMinutes: number;
  readonly afterRunning?: boolean;
}

/** Two instants (ISO 8601), the end excluded, or two days of the place (`2026-11-24`), both included. */
export interface HourRange {
  readonly from: string;
  readonly to: string;
}

export interface WeatherPlaceInput {
  readonly place: string;
  readonly hours?: HourRange;
}

export interface PlaceResult {
  /** What was written, in words; absent when it was not, and in runs of an earlier version. */
  readonly written?: string;
  readonly status: 'written' | 'failed' | 'running';
  /** The observation's time. */
  readonly observed?: string;
  /** The number of missing hours that were filled, in either file. */
  readonly filled: number;
  /** The names that damaged files were moved to. */
  readonly movedAside: readonly string[];
  /** Why hours are still missing although the observation was written. */
  readonly unfilled?: string;
  /** Why it failed; cut short where many places failed. */
  readonly error?: string;
}

export interface WeatherResult {
  /** What was written, in words. */
  readonly written: string;
  readonly places: Readonly<Record<string, PlaceResult>>;
}
