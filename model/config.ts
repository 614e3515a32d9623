import { LineCounter, isNode, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { configSchema } from './config-schema.ts';
import type { SourceConfig, Tables } from './table-config.ts';
import type { FailureDetails } from './failure.ts';
import { envName } from './secret.ts';
import type { Secret } from './secret.ts';
import type { ConfigIssue } from './table-errors.ts';
import { separateTableErrors, withErrors, withoutTableErrors } from './table-errors.ts';
import type { AlertsConfig } from './alerts-config.ts';
import type { WeatherConfig } from './weather.ts';

export interface Config {
  readonly sources: Readonly<Record<string, SourceConfig>>;
  readonly warehouse: { readonly url: Secret };
  readonly staging: string;
  /** The tables that are read from every source that has them. */
  readonly tables: Tables;
  /** The analytics that the warehouse computes from tables of certain names. */
  readonly analytics?: 'sessions' | undefined;
  /** What makes the hashes of masked values unguessable. */
  readonly maskSalt?: Secret;
  /** Whether a table that a pattern matches is read although it is new at a source that has landed. */
  readonly newTables?: 'follow' | 'ignore';
  /** The share of a table's rows that one run may delete, where the table has no share of its own. */
  readonly maxDeletes?: number;
  readonly weather?: WeatherConfig | undefined;
  readonly alerts: AlertsConfig;
  /** The interval of each schedule, in milliseconds. */
  readonly schedules: Readonly<Record<'sync' | 'weather' | 'audit' | 'alerts', number>>;
}

/** All errors of a config at once, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly errors: readonly string[];
  /** The files of secrets that an invalid config names: whoever reads files can add the errors of these. */
  readonly secretFiles: readonly SecretFile[];
  constructor(errors: readonly string[], secretFiles: readonly SecretFile[] = []) {
    super(errors.join('\n'));
    this.errors = errors;
    this.secretFiles = secretFiles;
  }
}

/** A file with a secret, and where the config names it: `tidehouse.yaml:3: sources.shop.url`. */
export interface SecretFile {
  readonly file: string;
  readonly place: string;
}

/**
 * Parses the config `text` (YAML). `file` is its name in messages; `env` has the `$NAME`s that are set.
 * Throws a ConfigError with every error: file, line, key, the expected shape and an example. Errors in the lines of tables
 * alone do not make it throw: they are the `error` of these tables, which are held back. No message quotes a value that could
 * be a secret.
 */
export function parseConfig(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  // An escape or an alias may be part of a password, so messages do not quote it.
  const syntaxErrors = document.errors.map(({ pos, message }) => ({
    at: pos[0],
    message: message.replace(/(escape sequence) .*/, '$1'),
  }));
  visit(document, {
    Alias(_key, alias) {
      if (!alias.resolve(document))
        syntaxErrors.push({
          at: alias.range?.[0] ?? 0,
          message: 'a value that begins with * must be in quotes',
        });
    },
  });
  if (syntaxErrors.length > 0)
    throw new ConfigError(
      syntaxErrors.map(({ at, message }) => `${file}:${lines.linePos(at).line}: not YAML: ${message}`),
    );
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const node: unknown = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const placeOf = (path: readonly PropertyKey[]) =>
    `${file}:${lineOf(path)}: ${path.map(String).join('.') || 'the file'}`;

  const raw: unknown = namingProto(document.toJS() ?? {});
  const whole = configSchema.safeParse(raw);
  const issues = [
    ...(whole.success ? [] : whole.error.issues.flatMap(describeIssue)),
    ...danglingReferences(raw, env),
  ];
  const describe = ({ path, message }: ConfigIssue) => `${placeOf(path)}: ${message}`;
  const { ofTables, others } = separateTableErrors(raw, issues, describe);
  const parsed = others.length > 0 ? undefined : configSchema.safeParse(withoutTableErrors(raw, ofTables));
  if (!parsed?.success)
    throw new ConfigError(
      issues.map(describe),
      secretsIn(raw).flatMap(({ path, value }) => {
        const secret = at(value, 'file');
        return typeof secret === 'string' && secret !== '' ? [{ file: secret, place: placeOf(path) }] : [];
      }),
    );
  const { new_tables, mask_salt, max_deletes, sources, tables, ...config } = parsed.data;
  return {
    ...config,
    sources: Object.fromEntries(
      Object.entries(sources).map(([name, source]) => [
        name,
        source.tables
          ? { ...source, tables: withErrors(source.tables, ['sources', name, 'tables'], ofTables) }
          : source,
      ]),
    ),
    tables: withErrors(tables, ['tables'], ofTables),
    ...(mask_salt && { maskSalt: mask_salt }),
    ...(max_deletes !== undefined && { maxDeletes: max_deletes }),
    ...(new_tables === 'ignore' && { newTables: 'ignore' }),
  };
}

/** The failure details for a source or a place that is not in the config. */
export function unknownName(
  kind: 'source' | 'place',
  name: string,
  known: readonly string[],
): FailureDetails {
  return {
    [kind]: name,
    causes: [{ problem: `not in the config, which has ${known.join(', ') || 'none'}` }],
  };
}

function describeIssue(issue: z.core.$ZodIssue): ConfigIssue[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: 'unknown key; remove it or correct its name',
    }));
  if (issue.code === 'invalid_key')
    return issue.issues.map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
  const inside =
    issue.code === 'invalid_union' && issue.path.at(-1) === 'tables' ? deeperIssues(issue.errors) : [];
  if (inside.length > 0)
    return inside.flatMap((each) => describeIssue({ ...each, path: [...issue.path, ...each.path] }));
  return [{ path: issue.path, message: issue.message }];
}

/** The issues of the alternative whose kind is right, a list or a map, if there is one. */
function deeperIssues(alternatives: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  return alternatives.find((issues) => issues.every(({ path }) => path.length > 0)) ?? [];
}

/**
 * The config with the full name of a table called `__proto__`, which cannot be the key of an object that is read as others are.
 */
function namingProto(raw: unknown): unknown {
  const withFullName = (value: unknown, path: readonly string[]): unknown => {
    const [key, ...rest] = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]): [string, unknown] => {
        if (key === undefined) return [name === '__proto__' ? 'public.__proto__' : name, each];
        return [name, key === '*' || key === name ? withFullName(each, rest) : each];
      }),
    );
  };
  return withFullName(withFullName(raw, ['tables']), ['sources', '*', 'tables']);
}

/** Each place of the config where a secret may be, with an example of the secret. */
function secretsIn(raw: unknown): { path: string[]; example: string; value: unknown }[] {
  const url = 'postgres://reader@db.example.com/shop';
  return [
    ...entries(at(raw, 'sources')).map(([name]) => ({ path: ['sources', name, 'url'], example: url })),
    { path: ['warehouse', 'url'], example: url },
    { path: ['mask_salt'], example: '0123456789abcdef' },
    { path: ['weather', 'api_key'], example: '0123456789abcdef' },
    { path: ['alerts', 'telegram', 'token'], example: '123456:ABC-def' },
    { path: ['alerts', 'telegram', 'chat'], example: '-1001234567890' },
    { path: ['alerts', 'ping'], example: 'https://hc-ping.com/…' },
    { path: ['alerts', 'webhook', 'url'], example: 'https://ops.example.com/hooks/tidehouse' },
    ...entries(at(at(at(raw, 'alerts'), 'webhook'), 'headers')).map(([name]) => ({
      path: ['alerts', 'webhook', 'headers', name],
      example: "'Bearer 0123456789abcdef'",
    })),
  ].map(({ path, example }) => ({ path, example, value: path.reduce(at, raw) }));
}

/** Errors for references to variables that are not set and to sources that do not exist. */
function danglingReferences(raw: unknown, env: Readonly<Record<string, string | undefined>>) {
  const found: { path: string[]; message: string }[] = [];
  const sources = entries(at(raw, 'sources'));
  for (const { path, example, value } of secretsIn(raw)) {
    const name = envName(value);
    if (name && !env[name])
      found.push({
        path,
        message: `the environment variable ${name} is not set; for example export ${name}=${example}`,
      });
  }
  for (const { path, tables } of [
    { path: ['tables'], tables: at(raw, 'tables') },
    ...sources.map(([name, source]) => ({ path: ['sources', name, 'tables'], tables: at(source, 'tables') })),
  ]) {
    for (const [name, table] of entries(tables)) {
      const from = at(table, 'from');
      const masks = entries(at(table, 'mask')).map(([, mask]) => mask);
      if (masks.includes('sha256') && at(raw, 'mask_salt') === undefined)
        found.push({
          path: [...path, name, 'mask'],
          message: 'sha256 needs a mask_salt at the top of the config, for example mask_salt: $MASK_SALT',
        });
      if (entries(at(table, 'mask')).some(([column]) => column === '__proto__'))
        found.push({
          path: [...path, name, 'mask', '__proto__'],
          message: 'a column of this name cannot be masked; leave it out: columns: { except: [__proto__] }',
        });
      if (typeof from === 'string' && !sources.some(([source]) => source === from))
        found.push({
          path: [...path, name, 'from'],
          message: `there is no source ${JSON.stringify(from)}; the config has ${sources.map(([source]) => source).join(', ')}`,
        });
    }
  }
  const common = hasTables(at(raw, 'tables'));
  const without = sources.filter(
    ([, source]) => !hasTables(at(source, 'tables')) && !(common && at(source, 'common_tables') !== false),
  );
  if (without.length > 0)
    found.push({
      path: common ? ['sources', without[0]![0]] : ['tables'],
      message: `at least one table is needed for ${without[0]![0]}, for example tables: { events: {} }, or tables: all`,
    });
  return found;
}

/** The value of `key`; undefined when `value` is not an object or lacks the key. */
function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function hasTables(tables: unknown): boolean {
  return tables === 'all' || entries(tables).length > 0;
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** How activities and commands read the config: again each time, secrets only when they are needed. */
export interface ConfigReader {
  /** The config with its folders as absolute paths. Throws a ConfigError. */
  read(): Promise<Config>;
  /** The last valid config, for alerts about an invalid one. */
  lastGood?(): Config | undefined;
  /** The value of a secret. Throws a ConfigError that names the reference, never the value. */
  reveal(secret: Secret): Promise<string>;
}
