import { leafName } from '../../activities/sync/warehouse/relations.ts';
import type { TableName } from '../../activities/sync/warehouse/relations.ts';
import { qualified } from '../../model/identifier.ts';
import { flatWarehouse } from './flat-warehouse.ts';
import { freshWarehouse } from './postgres.ts';
import type { FreshDatabase } from './postgres.ts';

/** Where the rows of a source are in the session star: in leaves of its own, or in flat tables with those of the others. */
export type Shape = 'leaves' | 'flat tables';

export const shapes: readonly Shape[] = ['leaves', 'flat tables'];

/** A warehouse of this version whose session star has the shape: without rows, or see `flatWarehouse`. */
export function warehouseOf(shape: Shape): Promise<FreshDatabase> {
  return shape === 'leaves' ? freshWarehouse() : flatWarehouse();
}

/** The relation with the rows of `project`, as landings write it in their statements. */
export function relationOf(shape: Shape, table: TableName, project: string): string {
  return shape === 'leaves' ? leafName(table, project) : qualified(table.schema, table.name);
}
