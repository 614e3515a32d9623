import type { Client } from 'pg';
import type { RenamedColumn } from '../../../model/batch.ts';

/** A column of a table that `source` has renamed. */
export type RenamedOf = RenamedColumn & { readonly table: string };

/** Those of the columns that another source still has under the earlier name: for them the name in clean stays. */
export async function readShared(
  client: Client,
  source: string,
  renamed: readonly RenamedOf[],
): Promise<readonly RenamedOf[]> {
  const { rows } = await client.query<{ at: string }>(
    `select r.at - 1 as at
     from json_array_elements($2) with ordinality as r (renamed, at)
     where exists (
       select from ops.position p
       cross join lateral jsonb_array_elements(p.shape -> 'columns') c
       where p.source <> $1 and p.table_name = renamed ->> 'table' and c ->> 'name' = renamed ->> 'from'
         and c ->> 'renamedTo' is distinct from renamed ->> 'to'
     )`,
    [source, JSON.stringify(renamed)],
  );
  return rows.map(({ at }) => renamed[Number(at)]!);
}
