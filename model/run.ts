import type { TableOutcome } from './batch.ts';

/** The wire names: what Temporal knows our things by. Never rename one that may be running. */
export const taskQueue = 'tidehouse';
/** Of the steps that touch the weather folder, for workers that mount it. */
export const filesQueue = 'files';
export const taskQueues = [taskQueue, filesQueue] as const;
export type Queue = (typeof taskQueues)[number];
export const workflowTypes = {
  sync: 'sync',
  syncSource: 'syncSource',
  weather: 'weather',
  weatherPlace: 'weatherPlace',
  alerts: 'alerts',
  incident: 'incident',
} as const;
export const syncScheduleId = 'sync';
export const weatherScheduleId = 'weather';
export const alertsScheduleId = 'alerts';

/** The id of the child that reads a source: there is never a second one of that name, so it is the source's mutex. */
export function syncSourceId(source: string): string {
  return `sync-source/${source}`;
}

/** The id of the child that writes a place's files: its mutex, as a source's. */
export function weatherPlaceId(place: string): string {
  return `weather/${place}`;
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

export interface WeatherInput {
  /** All configured places when absent. */
  readonly places?: readonly string[];
  /** Fill what these hours lack, instead of observing now. */
  readonly hours?: HourRange;
  readonly patienceMs: number;
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
  readonly error?: string;
}

export interface WeatherResult {
  readonly places: Readonly<Record<string, PlaceResult>>;
}
