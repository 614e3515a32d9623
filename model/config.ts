import { LineCounter, isNode, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { configSchema } from './config-schema.ts';
import type { TableConfig } from './config-schema.ts';
import { envName } from './secret.ts';
import type { Secret } from './secret.ts';
import type { AlertsConfig } from './alerts-config.ts';
import type { WeatherConfig } from './weather.ts';

export interface Config {
  readonly sources: Readonly<Record<string, { readonly url: Secret }>>;
  readonly warehouse: { readonly url: Secret };
  readonly staging: string;
  readonly tables: Readonly<Record<string, TableConfig>>;
  readonly weather?: WeatherConfig | undefined;
  readonly alerts: AlertsConfig;
  /** How often each schedule starts, in milliseconds. */
  readonly schedules: { readonly sync: number; readonly weather: number; readonly alerts: number };
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
  const parsed = configSchema.safeParse(raw);
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

/** That a config has no source or place of this name, as a sentence without its full stop. */
export function unknownName(kind: 'source' | 'place', name: string, known: readonly string[]): string {
  return `There is no ${kind} "${name}"; the config has ${known.join(', ') || 'none'}`;
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
  const url = 'postgres://reader@host/shop';
  const secrets = [
    ...sources.map(([name]) => ({ path: ['sources', name, 'url'], example: url })),
    { path: ['warehouse', 'url'], example: url },
    { path: ['weather', 'api_key'], example: '0123456789abcdef' },
    { path: ['alerts', 'telegram', 'token'], example: '123456:ABC-def' },
    { path: ['alerts', 'telegram', 'chat'], example: '-1001234567890' },
    { path: ['alerts', 'ping'], example: 'https://hc-ping.com/…' },
  ];
  for (const { path, example } of secrets) {
    const name = envName(path.reduce(at, raw));
    if (name && !env[name])
      found.push({
        path,
        message: `the environment variable ${name} is not set; for example export ${name}=${example}`,
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

/** The value of `key`, where there is one. */
function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** How steps get at the config: read anew each time, secrets only when they are needed. */
export interface ConfigReader {
  /** The config with its folders as absolute paths. Throws a ConfigError. */
  read(): Promise<Config>;
  /** What was last read without a mistake, for who has to tell of one. */
  lastGood?(): Config | undefined;
  /** The value behind a reference. Throws a ConfigError that names it, never its value. */
  reveal(secret: Secret): Promise<string>;
}
