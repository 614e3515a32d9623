import type { Client } from 'pg';
import { migrate } from '../../activities/sync/warehouse/migrate/migrate.ts';

/** How long the migration of a test waits for locks. */
export const briefPatience = { lockMs: 100, pauseMs: 50, forMs: 500 };

/** Makes the warehouse look as if it had been migrated with other contents of the definition `file`. */
export async function asIfChanged(warehouse: Client, file: string): Promise<void> {
  await warehouse.query(`update ops.migration set sha256 = 'of another version' where name = $1`, [file]);
}

/** The error with which the warehouse refuses to be migrated. */
export async function migrationRefusal(warehouse: Client): Promise<Error> {
  const error = await migrate(warehouse, undefined, briefPatience).then(
    () => new Error('It was not refused.'),
    (thrown: unknown) => thrown as Error,
  );
  expect(error.name).toBe('MigrationRefused');
  return error;
}

/** The statements that such an error prints for somebody to run: the lines that begin like SQL. */
export function printedStatements(message: string): string[] {
  return message.split('\n').filter((line) => /^(select|drop) /.test(line));
}
