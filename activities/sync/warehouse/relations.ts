import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { qualified } from '../../../model/identifier.ts';
import { sqlFile } from '../../postgres/sql-file.ts';

/** A table of the warehouse, by its unquoted names. */
export interface WarehouseTable {
  readonly schema: string;
  readonly name: string;
}

/** Where the rows of one source and table are, in clean or in raw: a flat table with those of other sources, or a leaf. */
export interface Relation {
  /** Quoted and qualified. */
  readonly name: string;
  /** The partitioned table that a leaf belongs to, quoted and qualified; undefined where the table is flat. */
  readonly parent?: string;
  /** The columns of each unique index of a leaf: none while it is bare or copied, and for a flat table. */
  readonly keys: readonly (readonly string[])[];
  /** When a leaf was attached: seconds since 1970, by the warehouse's clock. */
  readonly attached?: number;
}

/** A table of raw or clean, by its unquoted name. */
export interface TableName {
  readonly schema: 'raw' | 'clean';
  readonly name: string;
}

/** A table of the warehouse as it is now. */
export interface FoundTable extends TableName {
  readonly partitioned: boolean;
  /** Null where the table is partitioned and the source has no leaf yet. */
  readonly relation: Relation | null;
}

/** The given tables as far as they exist, and where the rows of `project` in them are. */
export async function findTables(
  client: Client,
  project: string,
  tables: readonly TableName[],
): Promise<FoundTable[]> {
  const { rows } = await client.query<
    Record<'schema' | 'name' | 'partitioned', string> &
      Record<'leaf_schema' | 'leaf_name' | 'attached' | 'keys', string | null>
  >(sqlFile('relations/relations.sql'), [
    project,
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
    tables.map((table) => leafName(table, project)),
  ]);
  return rows.map(({ schema, name, partitioned, leaf_schema, leaf_name, attached, keys }) => {
    const table = qualified(schema, name);
    const isPartitioned = partitioned === 't';
    const leaf =
      leaf_schema === null || leaf_name === null
        ? null
        : {
            name: qualified(leaf_schema, leaf_name),
            parent: table,
            keys: keys === null ? [] : (JSON.parse(keys) as string[][]),
            attached: Number(attached ?? 0),
          };
    return {
      schema: schema as TableName['schema'],
      name,
      partitioned: isPartitioned,
      relation: isPartitioned ? leaf : { name: table, keys: [] },
    };
  });
}

/** The relations of `project` by table. Throws for one that does not exist: alignment has made them all. */
export async function readRelations(
  client: Client,
  project: string,
  schema: TableName['schema'],
  names: readonly string[],
): Promise<(table: string) => Relation> {
  const found = await findTables(
    client,
    project,
    names.map((name) => ({ schema, name })),
  );
  const relations = new Map(found.map(({ name, relation }) => [name, relation]));
  return (table) => {
    const relation = relations.get(table);
    if (!relation)
      throw createFailure(failureTypes.unavailable, {
        ...{ source: project, warehouse: true },
        causes: [
          {
            table,
            problem: `somebody has dropped ${schema}.${table}, or the part of it that has the rows of ${project}`,
            advice: 'The next run creates what is missing and fills it from the source.',
          },
        ],
      });
    return relation;
  };
}

/**
 * Locks the partitioned tables of these leaves, all at once and in the order of their names, before any leaf is touched: a
 * write to a leaf opens its parent, and an ALTER of the parent comes from the other side. To be called within the
 * transaction that writes, before its first write.
 */
export async function lockParents(client: Client, relations: readonly Relation[]): Promise<void> {
  const parents = [...new Set(relations.flatMap(({ parent }) => parent ?? []))].sort();
  if (parents.length > 0)
    await client.query(
      `lock table ${parents.map((parent) => `only ${parent}`).join(', ')} in access share mode`,
    );
}

/** With more sources than this, the planner would spend longer on the leaves of a table than their indexes save. */
export const maxLeaves = 100;

/** Whether tables that are made now are partitioned by source. */
export async function makesLeaves(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ sources: string }>('select count(*) as sources from ops.source');
  return Number(rows[0]!.sources) <= maxLeaves;
}

/** The name of a leaf, for people: `part."clean.events@project_a"`, shortened by a hash where it would not fit. */
export function leafName({ schema, name }: WarehouseTable, project: string): string {
  const whole = `${schema}.${name}@${project}`;
  if (new TextEncoder().encode(whole).length <= 63) return qualified('part', whole);
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 12);
  const { read } = new TextEncoder().encodeInto(whole, new Uint8Array(50));
  return qualified('part', `${whole.slice(0, read)}#${hash}`);
}
