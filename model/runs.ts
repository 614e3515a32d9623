import type { TableOutcome } from './batch.ts';
import type { Failure } from './failure.ts';

export interface SyncInput {
  /** The sources to read; all configured ones when absent. */
  readonly sources?: readonly string[];
  /** How long to wait for the children, in minutes. Those that are not done by then go on by themselves. */
  readonly waitMinutes: number;
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
  readonly failure?: Failure;
  readonly tables: Readonly<Record<string, TableOutcome>>;
  /** Sessions whose metrics were recomputed. */
  readonly sessions: number;
}

export interface SyncResult {
  readonly sources: Readonly<Record<string, SourceResult>>;
}

/** What a syncSource run is doing, for people who watch. */
export interface SourceProgress {
  readonly phase:
    'starting' | 'extracting' | 'loading raw' | 'upserting' | 'refreshing views' | 'landed' | 'failed';
  readonly rows: number;
}

export interface WeatherInput {
  /** All configured places when absent. */
  readonly places?: readonly string[];
  /** Fill what these hours lack, instead of observing now. */
  readonly hours?: HourRange;
  readonly waitMinutes: number;
  readonly afterRunning?: boolean;
}

/** Instants (ISO 8601), the end not included, or days of the place (`2026-11-24`), both included. */
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
  /** Hours that were missing and were filled, in either file. */
  readonly filled: number;
  /** Damaged files, and what they were moved to. */
  readonly movedAside: readonly string[];
  /** Why hours stay missing for now, though the observation was written. */
  readonly unfilled?: string;
  readonly failure?: Failure;
}

export interface WeatherResult {
  readonly places: Readonly<Record<string, PlaceResult>>;
}
