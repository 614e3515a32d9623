import type { Client } from 'pg';
import { createLeaf } from '../../activities/sync/warehouse/align/table-statements.ts';

/** Gives the projects their leaves of the session star in clean, ready as a first landing leaves them. */
export async function openLeaves(warehouse: Client, projects: readonly string[]): Promise<void> {
  for (const project of projects) {
    await warehouse.query('insert into ops.source (source) values ($1) on conflict do nothing', [project]);
    for (const [name, key] of Object.entries(keys)) {
      for (const statement of createLeaf({ schema: 'clean', name }, project))
        await warehouse.query(statement);
      await warehouse.query(
        `create unique index on part."clean.${name}@${project}" (${key});
         select analytics.prepare_leaf('part."clean.${name}@${project}"', '${name}')`,
      );
    }
  }
}

const keys = {
  user_sessions: 'user_id, id',
  events: 'user_id, id',
  pages: 'id',
  transactions: 'user_id, id',
};
