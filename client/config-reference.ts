import { stringify } from 'yaml';
import type { JsonSchema } from './config-json-schema.ts';
import { paddedTable } from './padded-table.ts';

/** A key of the config: `tables.<table>.as`, and what its schema says. */
export interface ConfigKey {
  readonly path: string;
  readonly schema: JsonSchema;
  /** A config without it, where the key above it is given, has an error. */
  readonly required: boolean;
}

/** Every key below the schema, each before those inside it. A name that the user chooses is `<name>`. */
export function configKeys(schema: JsonSchema, above = ''): ConfigKey[] {
  const path = (key: string) => (above === '' ? key : `${above}.${key}`);
  const { properties = {}, required = [], additionalProperties, items, anyOf = [] } = schema;
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [
      { path: path(key), schema: inner, required: required.includes(key) && inner.default === undefined },
      ...configKeys(inner, path(key)),
    ]),
    ...(typeof additionalProperties === 'object' && additionalProperties.description !== undefined
      ? [
          { path: path('<name>'), schema: additionalProperties, required: false },
          ...configKeys(additionalProperties, path('<name>')),
        ]
      : []),
    ...(items ? configKeys(items, `${above}[]`) : []),
    ...anyOf.flatMap((each) => configKeys(each, above)),
  ];
}

/** The reference of the config in Markdown: a table of the keys at the top, and one for each of these that has keys inside. */
export function configReference(schema: JsonSchema): string {
  // Described with the secrets, not once more for each of them; and with the common tables.
  const keys = configKeys(schema).filter(
    ({ path }) => !path.endsWith('.file') && !path.startsWith('sources.<name>.tables.'),
  );
  // What may be one or a list of them is described once.
  const paths = new Set(keys.map(({ path }) => path));
  const all = keys.filter(({ path }) => !(path.includes('[]') && paths.has(path.replace('[]', ''))));
  const top = all.filter(({ path }) => !path.includes('.'));
  return [
    '## Every key',
    table(top, ''),
    ...top.flatMap(({ path }) => {
      const inner = all.filter((key) => key.path.startsWith(`${path}.`) || key.path.startsWith(`${path}[`));
      return inner.length > 0 ? [`### \`${path}\``, table(inner, `${path}.`)] : [];
    }),
  ].join('\n\n');
}

function table(keys: readonly ConfigKey[], above: string): string {
  const rows = keys.map(({ path, schema, required }) => [
    `\`${path.slice(above.length)}\``,
    `${schema.description ?? ''}${required ? ' (required)' : ''}`,
    isScalar(schema.default) ? `\`${String(schema.default)}\`` : '',
    (schema.examples ?? []).map((example) => `\`${inYaml(example)}\``).join(', '),
  ]);
  return paddedTable(['key', 'value', 'default', 'example'], rows);
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

/** The value on one line of YAML. */
function inYaml(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', singleQuote: true, lineWidth: 0 })
    .trim()
    .replaceAll(/\n\s*/g, ' ')
    .replaceAll(/(?<=\[) | (?=\])/g, '');
}
