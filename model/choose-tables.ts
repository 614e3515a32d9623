import type { Config } from './config.ts';
import { similarName } from './similar-name.ts';
import type { TableConfig, Tables } from './table-config.ts';
import type { RelationName, TablePattern } from './table-pattern.ts';
import {
  fitsIdentifier,
  isExact,
  matches,
  nothing,
  parsePattern,
  relationLabel,
  specificity,
} from './table-pattern.ts';

/** A line under `tables`: what it stands for, and how these tables are read. */
export interface TableRule {
  /** As the config has it. */
  readonly line: string;
  readonly pattern: TablePattern;
  readonly except: readonly TablePattern[];
  readonly options: TableConfig;
  /** The source must have this table: its own list or `from` names it, or there is no other source. */
  readonly required: boolean;
}

/** A relation in the catalogue of a source. */
export interface FoundRelation extends RelationName {
  /** `r`, `p`, `v` and so on, as in pg_class. */
  readonly kind: string;
  /** A partition: its rows are read through the table that it belongs to. */
  readonly partition: boolean;
  readonly columns?: readonly { readonly name: string }[];
}

/** A relation that the config chooses. */
export interface ChosenTable<R extends RelationName = RelationName> {
  readonly relation: R;
  readonly options: TableConfig;
  /** Chosen by its name and not by a pattern. */
  readonly named: boolean;
  /** The name in the warehouse. */
  readonly table: string;
}

/** A table of the config that the source lacks. */
export interface MissingTable {
  readonly table: string;
  readonly relation: RelationName;
  readonly required: boolean;
  readonly options: TableConfig;
}

/** A relation that cannot have its name in the warehouse, and why. */
export interface NameConflict {
  readonly relation: RelationName;
  readonly table: string;
  readonly problem: string;
  readonly advice: string;
}

/** A pattern that stands for no table of a source, or a name in its `except` that does not. */
export interface Unmatched {
  readonly line: string;
  readonly except?: string;
  /** A table that the pattern chooses and that the name in `except` may mean, being misspelt. */
  readonly similar?: string;
  /** A table that the pattern chooses with a column of that name, which is read. */
  readonly columnOf?: string;
}

/** What the config chooses of a source, and what it names in vain. */
export interface Choice<R extends RelationName = RelationName> {
  /** In the order of the config, those of one pattern by schema and name. */
  readonly chosen: readonly ChosenTable<R>[];
  readonly missing: readonly MissingTable[];
  readonly conflicts: readonly NameConflict[];
  readonly unmatched: readonly Unmatched[];
}

/** The lines of the config that concern `source`, its own before the common ones. */
export function rulesFor(config: Config, source: string): TableRule[] {
  const sources = Object.keys(config.sources);
  const own = config.sources[source];
  const common = own?.commonTables === false ? {} : config.tables;
  const onlySource = sources.length === 1;
  return [
    ...parseRules(own?.tables ?? {}),
    ...Object.entries(common)
      .filter(([, { from }]) => from === undefined || from === source)
      .map(([text, options]) => ruleOf(text, options, onlySource || options.from !== undefined)),
  ];
}

/** The lines of a list of tables, all of which the source must have. */
export function parseRules(tables: Tables): TableRule[] {
  return Object.entries(tables).map(([text, options]) => ruleOf(text, options, true));
}

function ruleOf(text: string, options: TableConfig, required: boolean): TableRule {
  return {
    line: text,
    pattern: patternOf(text),
    except: (options.except ?? []).map((each) => patternOf(each, 'any')),
    options,
    required,
  };
}

function patternOf(text: string, schemaWhenAbsent?: 'any'): TablePattern {
  // A line with an error may have a name that no table can have.
  return parsePattern(text, schemaWhenAbsent) ?? nothing(text);
}

/**
 * Chooses among the relations of `source`. A line with a name comes before patterns, a specific pattern before a general
 * one. Patterns choose ordinary and partitioned tables; a view, a foreign table or a partition must be named.
 */
export function chooseTables<R extends FoundRelation>(
  source: string,
  rules: readonly TableRule[],
  relations: readonly R[],
): Choice<R> {
  const mostSpecificFirst = [...rules].sort(
    (a, b) =>
      Number(isExact(b.pattern)) - Number(isExact(a.pattern)) ||
      specificity(b.pattern) - specificity(a.pattern),
  );
  const byRule = new Map<TableRule, R[]>();
  for (const relation of relations) {
    const rule = mostSpecificFirst.find((each) => chooses(each, relation));
    if (rule) byRule.set(rule, [...(byRule.get(rule) ?? []), relation]);
  }
  const missing = rules
    .filter((rule) => isExact(rule.pattern) && !byRule.has(rule))
    .filter(({ pattern }) => !relations.some((relation) => matches(pattern, relation)))
    .map(({ pattern, options, required }): MissingTable => {
      const relation = { schema: pattern.schema.text, name: pattern.name.text };
      return { table: warehouseName(source, relation, options.as), relation, required, options };
    });
  const chosen = rules.flatMap((rule) =>
    (byRule.get(rule) ?? []).sort(bySchemaAndName).map((relation): ChosenTable<R> => ({
      relation,
      options: rule.options,
      named: isExact(rule.pattern),
      table: warehouseName(source, relation, rule.options.as),
    })),
  );
  return {
    ...withoutConflicts(chosen),
    missing,
    unmatched: rules.flatMap((rule) => unmatchedBy(rule, relations, byRule.get(rule) ?? [])),
  };
}

function unmatchedBy(
  { line, pattern, except, options }: TableRule,
  relations: readonly FoundRelation[],
  chosen: readonly FoundRelation[],
): Unmatched[] {
  if (isExact(pattern)) return [];
  const matched = relations.filter((relation) => matches(pattern, relation));
  if (!matched.some(isOrdinary)) return [{ line }];
  return except.flatMap((each, at) => {
    if (each.name.wild || matched.some((relation) => matches(each, relation))) return [];
    const name = each.name.text;
    const similar = similarName(
      name,
      chosen.map((relation) => relation.name),
    );
    const having = hides(options, name) ? undefined : chosen.find((relation) => hasColumn(relation, each));
    return {
      line,
      except: options.except![at]!,
      ...(similar !== undefined && { similar }),
      ...(having && { columnOf: relationLabel(having) }),
    };
  });
}

/** Whether `column` or `table.column`, read as the pattern of a table, stands for a column of the relation. */
function hasColumn({ name, columns = [] }: FoundRelation, { schema, name: column }: TablePattern): boolean {
  return (schema.wild || schema.text === name) && columns.some((each) => each.name === column.text);
}

function hides({ columns, mask = {} }: TableConfig, column: string): boolean {
  if (Object.hasOwn(mask, column)) return true;
  if (columns === undefined) return false;
  return 'only' in columns ? !columns.only.includes(column) : columns.except.includes(column);
}

function chooses({ pattern, except }: TableRule, relation: FoundRelation): boolean {
  if (!matches(pattern, relation)) return false;
  if (isExact(pattern)) return true;
  return isOrdinary(relation) && !except.some((each) => matches(each, relation));
}

function isOrdinary({ kind, partition }: FoundRelation): boolean {
  return (kind === 'r' || kind === 'p') && !partition;
}

function bySchemaAndName(a: RelationName, b: RelationName): number {
  return compare(a.schema, b.schema) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The name of a relation's table in the warehouse: that of the relation, preceded by its schema where that is not public,
 * or what `as` says, a name or a form such as `{source}_{schema}_{table}`.
 */
function warehouseName(source: string, { schema, name }: RelationName, as: string | undefined): string {
  const form = as ?? (schema === 'public' ? '{table}' : '{schema}_{table}');
  const values: Readonly<Record<string, string>> = { source, schema, table: name };
  return form.replace(/\{(source|schema|table)\}/g, (_, word: string) => values[word]!);
}

/** Takes out the tables whose name is too long or is that of an earlier one. */
function withoutConflicts<R extends RelationName>(all: readonly ChosenTable<R>[]) {
  const chosen: ChosenTable<R>[] = [];
  const conflicts: NameConflict[] = [];
  const byName = new Map<string, ChosenTable<R>>();
  for (const each of all) {
    const { relation, table } = each;
    const other = byName.get(table);
    const problem = other
      ? `it would land in clean.${table}, as ${relationLabel(other.relation)} does`
      : fitsIdentifier(table)
        ? undefined
        : `its name in the warehouse would be ${JSON.stringify(table)}, which is longer than 63 bytes`;
    if (problem === undefined) {
      byName.set(table, each);
      chosen.push(each);
      continue;
    }
    conflicts.push({
      relation,
      table: relationLabel(relation),
      problem,
      advice: `Give it another name in the config: ${relationLabel(relation)}: { as: another_name }.`,
    });
  }
  return { chosen, conflicts };
}

/**
 * The names of a table's columns in the warehouse, in their order. `project` and `batch` are the warehouse's own: a column
 * of this name gets an underscore, and more where the table has such a column too.
 */
export function warehouseColumns(columns: readonly string[]): string[] {
  const taken = new Set(['project', 'batch', ...columns]);
  return columns.map((column) => {
    if (column !== 'project' && column !== 'batch') return column;
    let name = `${column}_`;
    while (taken.has(name)) name += '_';
    return name;
  });
}
