import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nowhere, tidehouse } from './run-command.ts';
import type { Ended } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface UnreachableSources {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  run(...args: string[]): Promise<Ended>;
}

/** A folder whose `tidehouse.yaml` names two sources that cannot be reached, a warehouse that can, and has the lines `more`. */
export async function unreachableSources(warehouseUrl: string, more = ''): Promise<UnreachableSources> {
  const folder = await temporaryFolder('commands');
  await writeFile(
    join(folder, 'tidehouse.yaml'),
    `sources: { project_a: { url: $PROJECT_A_URL }, project_b: { url: $PROJECT_A_URL } }
warehouse: { url: $WAREHOUSE_URL }
staging: ./staging
tables: { events: {}, pages: {} }
${more}`,
  );
  const env = {
    TIDEHOUSE_CONFIG: 'tidehouse.yaml',
    WAREHOUSE_URL: warehouseUrl,
    PROJECT_A_URL: `postgres://reader@${nowhere}/shop`,
  };
  return {
    folder,
    env,
    run: (...args) => tidehouse(args, { folder, env }),
  };
}
