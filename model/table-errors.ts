import type { TableConfig, Tables } from './table-config.ts';
import { parsePattern } from './table-pattern.ts';

/** An error in a config, and where: `['tables', 'orders', 'key']`. */
export interface ConfigIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The errors of tables, by the path of their list (`tables`, or `sources.<name>.tables` as parts) and by their line in it. */
export type TableErrors = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Separates the errors in the lines of tables, which concern only these tables, from all others. `describe` makes the sentence
 * of an error; several of one line are joined.
 */
export function separateTableErrors(
  raw: unknown,
  issues: readonly ConfigIssue[],
  describe: (issue: ConfigIssue) => string,
): { readonly ofTables: TableErrors; readonly others: readonly ConfigIssue[] } {
  const ofTables = new Map<string, Map<string, string>>();
  const others: ConfigIssue[] = [];
  for (const issue of issues) {
    const line = lineOf(raw, issue.path);
    if (!line) {
      others.push(issue);
      continue;
    }
    const list = ofTables.get(line.list) ?? new Map<string, string>();
    const before = list.get(line.table);
    list.set(line.table, before === undefined ? describe(issue) : `${before}; ${describe(issue)}`);
    ofTables.set(line.list, list);
  }
  return { ofTables, others };
}

/** The line of a table that the path leads into. */
function lineOf(raw: unknown, path: readonly PropertyKey[]): { list: string; table: string } | undefined {
  const length = path[0] === 'tables' ? 1 : path[0] === 'sources' && path[2] === 'tables' ? 3 : path.length;
  if (path.length <= length) return undefined;
  const list = path.slice(0, length).map(String);
  const lines = list.reduce<unknown>(at, raw);
  const table: unknown = Array.isArray(lines) ? lines[Number(path[length])] : path[length];
  return typeof table === 'string' ? { list: JSON.stringify(list), table } : undefined;
}

/** The config without what is not valid in the lines with errors: of these, what says which tables they are is kept. */
export function withoutTableErrors(raw: unknown, errors: TableErrors): unknown {
  const sources = Object.keys(object(at(raw, 'sources')));
  return [...errors].reduce(
    (config, [list, lines]) =>
      changed(config, JSON.parse(list) as string[], (tables) => {
        const all = Array.isArray(tables)
          ? tables.map((name): [string, unknown] => [String(name), {}])
          : Object.entries(object(tables));
        const valid = all.filter(([name]) => parsePattern(name) !== undefined);
        return Object.fromEntries(
          valid.map(([name, options]) => [name, lines.has(name) ? kept(options, sources) : options]),
        );
      }),
    raw,
  );
}

function kept(options: unknown, sources: readonly string[]): TableConfig {
  const { as, from, except } = object(options);
  const patterns = Array.isArray(except) ? except.filter((each) => typeof each === 'string') : [];
  return {
    ...(typeof as === 'string' && as !== '' && { as }),
    ...(typeof from === 'string' && sources.includes(from) && { from }),
    except: patterns.filter((pattern) => parsePattern(pattern) !== undefined),
  };
}

/** The tables with the errors of their lines. A line whose name cannot be one of a table is added. */
export function withErrors(tables: Tables, list: readonly string[], errors: TableErrors): Tables {
  const lines = errors.get(JSON.stringify(list)) ?? new Map<string, string>();
  return {
    ...tables,
    ...Object.fromEntries([...lines].map(([name, error]) => [name, { ...tables[name], error }])),
  };
}

function changed(value: unknown, path: readonly string[], change: (value: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  return { ...object(value), [key]: changed(at(value, key), rest, change) };
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function at(value: unknown, key: string): unknown {
  return object(value)[key];
}
