import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlFolder } from '../../activities/postgres/sql-file.ts';
import { freshDatabase, freshWarehouse } from '../support/postgres.ts';
import { dumpSchema } from '../support/schema-dump.ts';
import { openText } from '../support/star.ts';

const file = join(sqlFolder, 'schema.sql');

async function withClient<T>(
  database: { url: string; drop(): Promise<void> },
  work: (client: Awaited<ReturnType<typeof openText>>) => Promise<T>,
): Promise<T> {
  const client = await openText(database.url);
  try {
    return await work(client);
  } finally {
    await client.end();
    await database.drop();
  }
}

test('sql/schema.sql is the result of migrate; after a change to a migration or a definition, run: npm run schema', async () => {
  const made = await withClient(await freshWarehouse(), dumpSchema);
  if (process.env['TIDEHOUSE_WRITE_SCHEMA']) writeFileSync(file, made);
  expect(readFileSync(file, 'utf8')).toBe(made);
});

test('sql/schema.sql creates the same schema in an empty database', async () => {
  const schema = readFileSync(file, 'utf8');
  const made = await withClient(await freshDatabase(), async (client) => {
    await client.query(schema);
    return dumpSchema(client);
  });
  expect(made).toBe(schema);
});
