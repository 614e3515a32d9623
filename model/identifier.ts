/** `name` as a Postgres identifier: the one place where a name becomes SQL. */
export function quoteIdent(name: string): string {
  if (name.includes('\0')) throw new Error('A Postgres identifier cannot hold a NUL character.');
  return `"${name.replaceAll('"', '""')}"`;
}

/** `schema`.`name`, both quoted. */
export function qualified(schema: string, name: string): string {
  return `${quoteIdent(schema)}.${quoteIdent(name)}`;
}

/** The names as a quoted, comma-separated list, each preceded by `prefix` (such as `t.`). */
export function identList(names: readonly string[], prefix = ''): string {
  return names.map((name) => prefix + quoteIdent(name)).join(', ');
}

/** `value` as a Postgres string, for statements that take no parameters. */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) throw new Error('A Postgres string cannot hold a NUL character.');
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}
