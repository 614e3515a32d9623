import type { Client } from 'pg';

/** Notes that all sessions of the project are to be recomputed. */
export async function noteProject(client: Client, project: string): Promise<void> {
  await client.query('insert into analytics.changed_session (project) values ($1)', [project]);
}
