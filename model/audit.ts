/** What an audit found of one table: how many rows clean had, and those that were not as they are at the source. */
export interface TableAudit {
  readonly compared: number;
  /** Rows that clean lacked. */
  readonly missing: number;
  readonly different: number;
  /** Rows that the source does not have. */
  readonly surplus: number;
  /** A range of its keys was compared, and there are more. */
  readonly unfinished?: true;
}

/** Whether an audit found a table equal to its source. */
export function isEqual({ missing, different, surplus }: TableAudit): boolean {
  return missing + different + surplus === 0;
}

/** Tables of one source that one attempt compares: all of them when none is named. */
export interface AuditPortion {
  readonly source: string;
  readonly tables: readonly string[];
  /** About so many rows are compared at once, of a table whose keys can be divided into ranges; all when absent. */
  readonly rowsAtOnce?: number;
}

/** A table that has landed, and how many rows of it clean has. */
export interface LandedTable {
  readonly source: string;
  readonly table: string;
  readonly rows: number;
}

const maxRows = 5_000_000;
const maxTables = 200;

/**
 * Divides tables into portions of at most so many rows or one table, in the order of the tables: each portion comes where its
 * first table does. A table with more rows is compared in ranges of its keys.
 */
export function portionsOf(tables: readonly LandedTable[]): AuditPortion[] {
  const portions: { source: string; tables: string[]; rows: number }[] = [];
  const open = new Map<string, (typeof portions)[number]>();
  for (const { source, table, rows } of tables) {
    const last = open.get(source);
    if (last && last.rows + rows <= maxRows && last.tables.length < maxTables) {
      last.tables.push(table);
      last.rows += rows;
    } else {
      const portion = { source, tables: [table], rows };
      open.set(source, portion);
      portions.push(portion);
    }
  }
  return portions.map(({ source, tables: names, rows }) => ({
    source,
    tables: names,
    ...(rows > maxRows && { rowsAtOnce: maxRows }),
  }));
}
