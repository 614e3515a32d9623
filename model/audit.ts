/** What an audit found of one table: how many rows clean had, and those that were not as they are at the source. */
export interface TableAudit {
  readonly compared: number;
  /** Rows that clean lacked. */
  readonly missing: number;
  readonly different: number;
  /** Rows that the source does not have. */
  readonly surplus: number;
}

/** Whether an audit found a table equal to its source. */
export function isEqual({ missing, different, surplus }: TableAudit): boolean {
  return missing + different + surplus === 0;
}
