/** What the heartbeats of an activity carry, for people who watch a run. No activity reads its own. */
export interface Progress {
  /** The table in hand. */
  readonly table?: string;
  /** The rows so far, of all tables. */
  readonly rows?: number;
  /** How many rows there will be; absent where nobody knows. */
  readonly of?: number;
  /** Whether `rows` and `of` are estimates. */
  readonly estimated?: boolean;
  /** Rows per second since the activity began with the first table. */
  readonly perSecond?: number;
  /** The sessions whose metrics were recomputed so far. */
  readonly sessions?: number;
  /** The day whose file is in hand. */
  readonly day?: string;
}
