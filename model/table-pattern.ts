/** A relation of a source by its schema and name. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** The tables that a key under `tables` stands for. */
export interface TablePattern {
  readonly schema: NamePart;
  readonly name: NamePart;
}

/** A part of a pattern: a name, or with `*` for any characters. */
interface NamePart {
  readonly text: string;
  readonly wild: boolean;
}

const defaultSchema = 'public';
const anything: NamePart = { text: '*', wild: true };

/**
 * Reads `name`, `schema.name`, a pattern with `*`, or `all`. In double quotes, as in SQL, dots and stars are part of a name.
 * Undefined when a part of it cannot be a name in Postgres.
 */
export function parsePattern(
  text: string,
  schemaWhenAbsent: 'public' | 'any' = 'public',
): TablePattern | undefined {
  if (text === 'all') return { schema: anything, name: anything };
  const [, schemaText, nameText = text] = /^("(?:[^"]|"")+"|[^".]+)\.(.+)$/s.exec(text) ?? [];
  const schema =
    schemaText === undefined
      ? schemaWhenAbsent === 'any'
        ? anything
        : { text: defaultSchema, wild: false }
      : partOf(schemaText);
  const name = partOf(nameText);
  return schema && name && { schema, name };
}

function partOf(text: string): NamePart | undefined {
  const quoted = /^"((?:[^"]|"")+)"$/s.exec(text)?.[1];
  const part =
    quoted === undefined ? { text, wild: text.includes('*') } : { text: unquoted(quoted), wild: false };
  return fitsIdentifier(part.text) ? part : undefined;
}

function unquoted(text: string): string {
  return text.replaceAll('""', '"');
}

/** The pattern of a text that cannot be the name of a table: it stands for none. */
export function nothing(text: string): TablePattern {
  return {
    schema: { text: defaultSchema, wild: false },
    name: { text: text.replaceAll('\0', '') || '(no name)', wild: false },
  };
}

/** The pattern that stands for this relation alone. */
export function exactPattern({ schema, name }: RelationName): TablePattern {
  return { schema: { text: schema, wild: false }, name: { text: name, wild: false } };
}

/** Whether Postgres can have this as the name of a relation or a column. */
export function fitsIdentifier(name: string): boolean {
  return name !== '' && !name.includes('\0') && new TextEncoder().encode(name).length <= 63;
}

/** Whether the pattern stands for one relation, whatever it is, and not for all tables whose names match. */
export function isExact({ schema, name }: TablePattern): boolean {
  return !schema.wild && !name.wild;
}

/** How many characters a relation must have in common with the pattern: the pattern with more of them is more specific. */
export function specificity({ schema, name }: TablePattern): number {
  const literal = ({ text, wild }: NamePart) => (wild ? text.replaceAll('*', '').length : text.length);
  return literal(schema) + literal(name);
}

/** Whether the pattern stands for the relation. */
export function matches(pattern: TablePattern, relation: RelationName): boolean {
  return partMatches(pattern.schema, relation.schema) && partMatches(pattern.name, relation.name);
}

function partMatches({ text, wild }: NamePart, name: string): boolean {
  if (!wild) return text === name;
  const escaped = text.split('*').map((literal) => literal.replace(/[\\^$.+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join('.*')}$`, 's').test(name);
}

/** A part as the pattern of SQL's LIKE. */
export function likePattern({ text, wild }: NamePart): string {
  const escaped = text.replace(/[\\%_]/g, String.raw`\$&`);
  return wild ? escaped.replaceAll('*', '%') : escaped;
}

/** The relation as the config writes it: without its schema where that is public, and quoted where it must be. */
export function relationLabel({ schema, name }: RelationName): string {
  return schema === defaultSchema ? partLabel(name) : qualifiedLabel({ schema, name });
}

/** The relation as the config writes it with its schema, which stands for this relation also in `except`. */
export function qualifiedLabel({ schema, name }: RelationName): string {
  return `${partLabel(schema)}.${partLabel(name)}`;
}

function partLabel(name: string): string {
  return /[".*]|^all$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
