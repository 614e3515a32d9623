import type { Client } from 'pg';
import { createLeaf } from '../../activities/sync/warehouse/align/table-statements.ts';
import { createKey } from '../../activities/sync/warehouse/leaf-key.ts';
import { leafName } from '../../activities/sync/warehouse/relations.ts';

/** Gives the projects their leaves of the session star in clean, ready as a first landing leaves them. */
export async function openLeaves(warehouse: Client, projects: readonly string[]): Promise<void> {
  for (const project of projects) {
    await warehouse.query('insert into ops.source (source) values ($1) on conflict do nothing', [project]);
    for (const [name, key] of Object.entries(keys)) {
      const table = { schema: 'clean', name } as const;
      for (const statement of createLeaf(table, project)) await warehouse.query(statement);
      const leaf = leafName(table, project);
      await warehouse.query('select analytics.prepare_leaf($1::regclass, $2)', [leaf, name]);
      await createKey(warehouse, leaf, key);
    }
  }
}

const keys = {
  user_sessions: ['user_id', 'id'],
  events: ['user_id', 'id'],
  pages: ['id'],
  transactions: ['user_id', 'id'],
};
