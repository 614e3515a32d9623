import { createActivities } from '../../activities/index.ts';
import type { TableConfig } from '../../model/table-config.ts';
import { testConfig } from './config.ts';
import { failureOf } from './failure-of.ts';
import type { Star } from './star.ts';
import { newBatch } from './sync-once.ts';

/** The failure of an extract from the star's first source, with other tables, another URL or another staging folder. */
export function extractFailure(
  star: Star,
  given: {
    tables?: readonly string[] | Record<string, TableConfig>;
    url?: string;
    staging?: string;
  } = {},
): ReturnType<typeof failureOf> {
  const tables = given.tables ?? ['events', 'pages'];
  const config = testConfig({
    sources: { project_a: given.url ?? star.hosts['project_a']! },
    warehouse: star.warehouseUrl,
    staging: given.staging ?? star.staging,
    tables: Array.isArray(tables)
      ? Object.fromEntries((tables as string[]).map((table) => [table, {}]))
      : (tables as Record<string, TableConfig>),
  });
  const { extract } = createActivities({ config });
  return failureOf(extract, { source: 'project_a', batchId: newBatch(), keysOf: [] });
}
