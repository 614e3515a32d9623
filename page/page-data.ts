import type { NextAction, RunReference } from '../model/incident.ts';

/** All instants are milliseconds since 1970. */

/** A part of the page, or a sentence that says why it is missing. */
export type Part<T> = { readonly value: T } | { readonly missing: string };

/** Everything that the page shows, as of one instant: names, counts and times, never a row of a table and never a secret. */
export interface PageData {
  readonly at: number;
  /** The address of the Web UI, for links to runs; absent when the config has none. */
  readonly webUi?: string;
  readonly namespace: string;
  /** The interval of the schedule `sync`, and the lag from which a source is late. */
  readonly everyMs: number;
  readonly lateAfterMs: number;
  /** The schedules that sync and that watch; null for one that Temporal does not have. Absent when it does not say. */
  readonly schedules?: Readonly<Record<'sync' | 'alerts', ScheduleState | null>>;
  readonly sources: Part<readonly SourceState[]>;
  readonly heldBack: Part<readonly HeldBackTable[]>;
  /** The longest lags before landings, by source: [when, seconds]. */
  readonly lag: Part<Readonly<Record<string, readonly (readonly [number, number])[]>>>;
  readonly landings: Part<readonly HourChanges[]>;
  readonly lastNight: Part<Night>;
  readonly days: Part<readonly DayChanges[]>;
  readonly sizes: Part<readonly TableSize[]>;
  readonly schemaChanges: Part<readonly SchemaChange[]>;
  readonly sessions: Part<readonly SessionDay[]>;
  /** The runs of sources, newest first. */
  readonly runs: Part<readonly SourceRun[]>;
  readonly activities: Part<readonly ActivityTimes[]>;
  /** Open incidents and those of the last days, newest first. */
  readonly incidents: Part<readonly Incident[]>;
  /** The subjects of which no message is sent for a time, whatever happens. Absent when Temporal does not say. */
  readonly mutes?: readonly { readonly subject: string; readonly until: number }[];
  readonly weather: Part<readonly PlaceWeather[]>;
}

export interface ScheduleState {
  readonly createdAt: number;
  /** The note of who has paused it, which may be empty; null while it is not paused. */
  readonly paused: string | null;
}

export interface SourceState {
  readonly source: string;
  /** By the source's clock; null before the first batch. */
  readonly completeThrough: number | null;
  /** Like `completeThrough`, but never after the last landing: a source's clock may be ahead. */
  readonly currentThrough: number | null;
  readonly landedAt: number | null;
  readonly error: string | null;
  readonly failingSince: number | null;
  readonly tables: number;
  readonly rows: number;
  readonly differences: readonly { readonly table: string; readonly rows: number }[];
}

export interface HeldBackTable {
  readonly source: string;
  readonly table: string;
  readonly since: number;
  readonly problem: string;
  readonly advice: string | null;
  readonly sql: string | null;
}

interface Changes {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** What landed in one hour in one table, over all sources. */
export type HourChanges = Changes & { readonly hour: number; readonly table: string };

/** What landed in the night before this day, from 18:00 to 06:00 (UTC), by the source and table. */
export interface Night {
  readonly from: number;
  readonly to: number;
  readonly changes: readonly NightChanges[];
}

export type NightChanges = Changes & { readonly source: string; readonly table: string };

/** The same as `HourChanges` for one day (UTC). */
export type DayChanges = Changes & { readonly day: number; readonly table: string };

export interface TableSize {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface SchemaChange {
  readonly source: string;
  readonly at: number;
  /** Null where a source brought several tables at once; `tables` is their number. */
  readonly table: string | null;
  /** Null for the table itself. */
  readonly column: string | null;
  readonly change: 'arrived' | 'left' | 'renamed' | 'retyped';
  readonly before: string | null;
  readonly after: string | null;
  readonly tables: number | null;
}

/** The sessions of a project that began on one day (UTC). */
export interface SessionDay {
  readonly day: number;
  readonly project: string;
  readonly sessions: number;
  readonly events: number;
  readonly usd: number;
  /** Sessions with a successful transaction. */
  readonly buying: number;
  /** Transactions without a rate to USD. */
  readonly unpriced: number;
}

export interface SourceRun {
  readonly source: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly state: 'landed' | 'held back' | 'failed' | 'running' | 'cancelled';
  readonly startedAt: number;
  readonly closedAt: number | null;
  /** What its batches read and changed: absent where nothing had changed, or it is not known. */
  readonly extracted?: number;
  readonly tables?: readonly (readonly [table: string, inserted: number, updated: number, deleted: number])[];
}

/** Where the seconds of one run went, by activity, in the order of their starts. */
export interface ActivityTimes {
  readonly run: SourceRun;
  readonly seconds: readonly (readonly [activity: string, seconds: number])[];
}

export interface Incident {
  readonly subject: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly problem: string;
  readonly since: number;
  /** Null while it is open. */
  readonly resolvedAt: number | null;
  /** The chats that were notified, and when first; null when nobody was. */
  readonly notified: { readonly chats: readonly string[]; readonly at: number } | null;
  readonly mutedUntil: number | null;
  /** What its failure says, what to do next, and the run with the problem; absent where it is not known. */
  readonly cause?: string;
  readonly next?: NextAction;
  readonly run?: RunReference;
}

export interface PlaceWeather {
  readonly place: string;
  readonly timezone: string;
  /** Where its weather comes from, for people. */
  readonly origin: string;
  /** Whether missing hours are filled from the history of another provider. */
  readonly hasHistory: boolean;
  /** The first hour of a place that is newer than the days of the page. */
  readonly since?: number;
  /** The newest day first. */
  readonly days: readonly WeatherDay[];
  readonly hours: readonly WeatherHour[];
}

export interface WeatherDay {
  readonly day: string;
  /** The hours of the day that have begun, without those before the first hour of a new place. */
  readonly of: number;
  readonly present: number;
  /** Hours that came from the history of another provider. */
  readonly filled: number;
  /** The beginnings of the missing hours, on the place's clock. */
  readonly missing: readonly number[];
}

/** One hour of a place; the values are null where the hour is missing. */
export interface WeatherHour {
  readonly at: number;
  readonly filled: boolean;
  readonly temp: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly speed: number | null;
  readonly degrees: number | null;
}
