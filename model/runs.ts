import type { TableOutcome } from './batch.ts';
import type { Failure } from './failure.ts';

export interface SyncInput {
  /** The sources to read; all configured ones when absent. */
  readonly sources?: readonly string[];
  /** How long to wait for the children, in minutes. Those still running by then continue on their own. */
  readonly waitMinutes: number;
  /** When a child is already running, wait for it and then start another. */
  readonly afterRunning?: boolean;
}

export interface SyncSourceInput {
  readonly source: string;
}

export interface SourceResult {
  readonly status: 'landed' | 'failed' | 'running';
  /** A time by the source's clock (ISO 8601): everything committed by then is in the warehouse. */
  readonly completeThrough?: string;
  readonly failure?: Failure;
  readonly tables: Readonly<Record<string, TableOutcome>>;
  /** The number of sessions whose metrics were recomputed. */
  readonly sessions: number;
}

export interface SyncResult {
  readonly sources: Readonly<Record<string, SourceResult>>;
}

/** The progress of a syncSource run. */
export interface SourceProgress {
  readonly phase:
    'starting' | 'extracting' | 'loading raw' | 'upserting' | 'refreshing views' | 'landed' | 'failed';
  readonly rows: number;
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
  readonly status: 'written' | 'failed' | 'running';
  /** The observation's time. */
  readonly observed?: string;
  /** The number of missing hours that were filled, in either file. */
  readonly filled: number;
  /** The names that damaged files were moved to. */
  readonly movedAside: readonly string[];
  /** Why hours are still missing although the observation was written. */
  readonly unfilled?: string;
  readonly failure?: Failure;
}

export interface WeatherResult {
  readonly places: Readonly<Record<string, PlaceResult>>;
}
