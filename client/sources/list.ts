import { isoTime } from '../../activities/postgres/iso-time.ts';
import type { OrphanedTable, Orphans } from '../../activities/sync/warehouse/orphans.ts';
import { readOrphans } from '../../activities/sync/warehouse/orphans.ts';
import { formatTime } from '../../model/time.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import type { Context } from '../context/context.ts';
import type { Cell } from '../terminal/table.ts';
import { shellWord } from '../../model/shell-word.ts';
import { renderTable } from '../terminal/table.ts';

/** A source of the config, or one that the warehouse has rows of. */
export interface ListedSource {
  readonly source: string;
  readonly configured: boolean;
  /** The tables that have landed and their rows, without orphans. */
  readonly tables: number;
  readonly rows: number;
  /** ISO 8601; null before the first batch. */
  readonly completeThrough: string | null;
  /** Its tables that the config no longer has. */
  readonly orphans?: Orphans['tables'];
}

/** Prints the sources of the config and those that only the warehouse has, and what to do about the latter. */
export async function listSources(context: Context): Promise<void> {
  const configured = Object.keys(context.config.sources);
  const sources = await withWarehouse(context, async (client): Promise<ListedSource[]> => {
    const { rows } = await client.query<Record<'source' | 'tables' | 'rows' | 'through', string | null>>(
      `select s.source, extract(epoch from s.complete_through) as through, count(p.source) as tables,
              coalesce(sum(p.rows), 0) as rows
       from ops.source s left join ops.position p using (source)
       where s.batch is not null
       group by s.source`,
    );
    const orphans = await readOrphans(client, configured);
    const names = [...new Set([...configured, ...orphans.map(({ source }) => source)])];
    return names.map((source) => {
      const landed = rows.find((row) => row.source === source && configured.includes(source));
      const left = orphans.find((each) => each.source === source);
      return {
        source,
        configured: configured.includes(source),
        tables: Number(landed?.tables ?? 0),
        rows: Number(landed?.rows ?? 0),
        completeThrough: landed?.through ? isoTime(landed.through) : null,
        ...(left && { orphans: left.tables }),
      };
    });
  });
  context.printer.result({ sources }, renderSources(sources));
}

export function renderSources(sources: readonly ListedSource[]): string {
  const rows = sources.flatMap(
    ({ source, configured, tables, rows: count, completeThrough, orphans = [] }) => [
      ...(configured
        ? [
            [
              source,
              'in the config',
              tables,
              count,
              completeThrough === null ? 'never' : formatTime(completeThrough),
            ],
          ]
        : []),
      ...orphans.map((orphan): Cell[] => [
        source,
        `${orphan.table}: ${stateOf(configured, orphan)}`,
        1,
        orphan.rows,
        null,
      ]),
    ],
  );
  const shown = renderTable(['source', 'state', 'tables', 'rows', 'complete through'], rows);
  return [shown, ...sources.flatMap((each) => adviceOn(each, sources))].join('\n\n');
}

/** Why no run reads a table any longer. */
function stateOf(configured: boolean, { kept, movedTo }: OrphanedTable): string {
  if (kept) return 'kept';
  if (!configured) return 'no longer in the config';
  return movedTo === undefined ? 'no longer read' : `now lands as ${movedTo}`;
}

/** What to do about the orphans of a source, with commands to run. */
function adviceOn(
  { source, configured, orphans = [] }: ListedSource,
  sources: readonly ListedSource[],
): string[] {
  const tables = orphans.filter(({ kept }) => !kept).map(({ table }) => table);
  if (tables.length === 0) return [];
  const what = configured ? `${source}: ${tables.join(', ')}` : source;
  const moves = orphans
    .filter(({ kept, movedTo }) => !kept && movedTo !== undefined)
    .map(
      ({ table, movedTo }) => ` ${table} was renamed there: its rows have landed once more, as ${movedTo}.`,
    )
    .join('');
  const of = configured ? [source, ...tables.map(shellWord)].join(' ') : source;
  const renamed = configured
    ? []
    : sources
        .filter((each) => each.configured && each.completeThrough === null)
        .map((each) => `  tidehouse sources rename ${source} ${each.source}`);
  return [
    [
      `${configured ? `The config no longer chooses ${what}, or the source no longer has it` : `The config no longer has ${what}`}.${moves} What becomes of the rows?`,
      ...renamed,
      `  tidehouse sources remove ${of} --rows keep`,
      `  tidehouse sources remove ${of} --rows drop`,
    ].join('\n'),
  ];
}
