import { stringify } from 'yaml';
import type { HeldBack } from '../../model/batch.ts';

/** What `init` has seen of a database. */
export interface SeenSource {
  /** Its name in the config. */
  readonly name: string;
  /** The environment variable with its URL. */
  readonly variable: string;
  /** `Postgres 17.2, as reader`. */
  readonly server: string;
  /** How many tables can be read. */
  readonly tableCount: number;
  /** The tables that cannot, each by its pattern in the config. */
  readonly leftOut: readonly (Omit<HeldBack, 'table'> & { readonly pattern: string })[];
  /** Views and foreign tables, by their patterns in the config. */
  readonly views: readonly string[];
}

/** The text of a tidehouse.yaml that reads all tables of the sources that can be read. */
export function configText(sources: readonly SeenSource[]): string {
  return [
    '# Written by "tidehouse init". Every key is described in docs/config.md.',
    'sources:',
    ...sources.flatMap(sourceLines),
    'warehouse: { url: $WAREHOUSE_URL } # its role owns the database',
    'staging: ./staging',
    '',
  ].join('\n');
}

function sourceLines({ name, variable, server, leftOut, views }: SeenSource): string[] {
  return [
    `  ${scalar(name)}:`,
    `    url: $${variable} # ${oneLine(server)}`,
    ...(leftOut.length === 0
      ? ['    tables: all']
      : ['    tables:', '      all:', '        except:', ...leftOut.flatMap(leftOutLines)]),
    ...(views.length === 0
      ? []
      : [
          '    # Views, materialized views and foreign tables. Named under tables, each is copied whole:',
          ...views.map((view) => `    # ${oneLine(view)}`),
        ]),
  ];
}

function leftOutLines({ pattern, problem, advice, sql }: SeenSource['leftOut'][number]): string[] {
  return [
    `          # ${oneLine([problem, advice].filter(Boolean).join('. '))}`,
    ...(sql === undefined ? [] : [`          # ${oneLine(sql)};`]),
    `          - ${scalar(pattern)}`,
  ];
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, defaultStringType: 'PLAIN', blockQuote: false }).trim();
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ');
}
