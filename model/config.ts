import { LineCounter, isNode, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { parseDuration } from './duration.ts';

/** A value that is never written down in the config: where to find it when it is needed. */
export type Secret = { readonly env: string } | { readonly file: string } | { readonly value: string };

export interface TableConfig {
  /** Read from this source only, on behalf of all. */
  readonly from?: string;
  /** Stands for the primary key; the source must enforce it. */
  readonly key?: readonly string[];
}

export interface Config {
  readonly sources: Readonly<Record<string, { readonly url: Secret }>>;
  readonly warehouse: { readonly url: Secret };
  readonly staging: string;
  readonly tables: Readonly<Record<string, TableConfig>>;
  /** How often each schedule starts, in milliseconds. */
  readonly schedules: { readonly sync: number };
}

/** All mistakes of a config at once, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];
  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

const urlExample =
  'for example $PROJECT_A_URL, { file: /run/secrets/project_a } or postgres://reader@host/shop';

const urlReference = z
  .union([z.string(), z.strictObject({ file: z.string().min(1) })], {
    error: `expected where to find a Postgres URL, ${urlExample}`,
  })
  .transform((given, context): Secret => {
    if (typeof given !== 'string') return { file: given.file };
    const name = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(given)?.[1];
    if (name) return { env: name };
    if (/^postgres(ql)?:\/\//.test(given)) return { value: given };
    context.addIssue({ code: 'custom', message: `expected where to find a Postgres URL, ${urlExample}` });
    return z.NEVER;
  });

const interval = z.string({ error: 'expected an interval, for example 10m' }).transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({
    code: 'custom',
    message: `expected an interval such as 30s, 10m or 1h, got ${JSON.stringify(text)}`,
  });
  return z.NEVER;
});

const sourceName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, {
  error: 'a source is named with letters, digits, _ and -, for example project_d',
});
/** A name is a file's too, and that of its keys must fit into the 63 bytes of an identifier beside it. */
const tableName = z
  .string()
  .refine(
    (name) =>
      /^[^/\0.][^/\0]*$/.test(name) &&
      !name.endsWith('.keys') &&
      new TextEncoder().encode(name).length + '.keys'.length <= 63,
    { error: 'a table is named as in Postgres, without schema, in at most 58 bytes, for example events' },
  );

const schema = z.strictObject({
  sources: z
    .record(sourceName, z.strictObject({ url: urlReference }), {
      error: 'expected the hosts to read, for example sources: { project_a: { url: $PROJECT_A_URL } }',
    })
    .refine((sources) => Object.keys(sources).length > 0, { error: 'at least one source is needed' }),
  warehouse: z.strictObject(
    { url: urlReference },
    {
      error: (issue) =>
        issue.code === 'invalid_type'
          ? 'expected the warehouse, for example warehouse: { url: $WAREHOUSE_URL }'
          : undefined,
    },
  ),
  staging: z.string({ error: 'expected a folder that all workers mount, for example ./staging' }).min(1),
  tables: z
    .record(
      tableName,
      z
        .strictObject({ from: z.string().optional(), key: z.array(z.string()).min(1).optional() })
        .nullable()
        .transform((table) => (table ?? {}) as TableConfig),
      { error: 'expected the tables to sync, for example tables: { events: {} }' },
    )
    .refine((tables) => Object.keys(tables).length > 0, { error: 'at least one table is needed' }),
  schedules: z.strictObject({ sync: interval.default(600_000) }).prefault({}),
});

/**
 * The config that `text` (YAML) holds. `file` names it in messages; `env` says which `$NAME`s are set.
 * Throws a ConfigError with every mistake: file, line, where, the expected shape and an example. Values are never quoted where a secret could stand.
 */
export function parseConfig(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  // What a message quotes, an escape or an alias, may be part of a password.
  const notYaml = document.errors.map(({ pos, message }) => ({
    at: pos[0],
    message: message.replace(/(escape sequence) .*/, '$1'),
  }));
  visit(document, {
    Alias(_key, alias) {
      if (!alias.resolve(document))
        notYaml.push({ at: alias.range?.[0] ?? 0, message: 'a value that begins with * stands in quotes' });
    },
  });
  if (notYaml.length > 0)
    throw new ConfigError(
      notYaml.map(({ at, message }) => `${file}:${lines.linePos(at).line}: not YAML: ${message}`),
    );
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const node: unknown = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const mistake = (path: readonly PropertyKey[], message: string) =>
    `${file}:${lineOf(path)}: ${path.map(String).join('.') || 'the file'}: ${message}`;

  const raw: unknown = document.toJS() ?? {};
  const parsed = schema.safeParse(raw);
  const mistakes = parsed.success ? [] : parsed.error.issues.flatMap((issue) => sayIssue(issue, mistake));
  mistakes.push(...dangling(raw, env).map(({ path, message }) => mistake(path, message)));
  if (!parsed.success || mistakes.length > 0) throw new ConfigError(mistakes);
  return parsed.data;
}

/** The tables that are read from `source`, by name. */
export function tablesOf(config: Config, source: string): Record<string, TableConfig> {
  return Object.fromEntries(
    Object.entries(config.tables).filter(([, table]) => table.from === undefined || table.from === source),
  );
}

type Say = (path: readonly PropertyKey[], message: string) => string;

function sayIssue(issue: z.core.$ZodIssue, say: Say): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => say([...issue.path, key], 'unknown key; remove it or correct its name'));
  if (issue.code === 'invalid_key')
    return issue.issues.map((inner) => say([...issue.path, ...inner.path], inner.message));
  return [say(issue.path, issue.message)];
}

/** References that lead nowhere: variables that are not set, sources that do not exist. */
function dangling(raw: unknown, env: Readonly<Record<string, string | undefined>>) {
  const found: { path: string[]; message: string }[] = [];
  const sources = entries(at(raw, 'sources'));
  const urls = [
    ...sources.map(([name, source]) => ({ path: ['sources', name, 'url'], url: at(source, 'url') })),
    { path: ['warehouse', 'url'], url: at(at(raw, 'warehouse'), 'url') },
  ];
  for (const { path, url } of urls) {
    const name = typeof url === 'string' ? /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(url)?.[1] : undefined;
    if (name && !env[name])
      found.push({
        path,
        message: `the environment variable ${name} is not set; for example export ${name}=postgres://reader@host/shop`,
      });
  }
  for (const [name, table] of entries(at(raw, 'tables'))) {
    const from = at(table, 'from');
    if (typeof from === 'string' && !sources.some(([source]) => source === from))
      found.push({
        path: ['tables', name, 'from'],
        message: `no source is called ${JSON.stringify(from)}; there are ${sources.map(([source]) => source).join(', ')}`,
      });
  }
  return found;
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** How steps get at the config: read anew each time, secrets only when they are needed. */
export interface ConfigReader {
  /** The config with `staging` as an absolute path. Throws a ConfigError. */
  read(): Promise<Config>;
  /** The value behind a reference. Throws a ConfigError that names it, never its value. */
  reveal(secret: Secret): Promise<string>;
}
