import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Star } from './star.ts';
import type { TestTemporal } from './temporal.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The files that a worker process needs: a config of the star's first host and its pages, and where Temporal is. */
export async function workerFiles(
  star: Star,
  temporal: TestTemporal,
): Promise<{ config: string; temporal: string }> {
  const folder = await temporaryFolder('worker');
  const files = { config: join(folder, 'tidehouse.yaml'), temporal: join(folder, 'temporal.toml') };
  await writeFile(files.temporal, `[profile.default]\naddress = "${temporal.address}"\n`);
  await writeFile(
    files.config,
    JSON.stringify({
      sources: { project_a: { url: star.hosts['project_a'] } },
      warehouse: { url: star.warehouseUrl },
      staging: star.staging,
      tables: { pages: {} },
    }),
  );
  return files;
}
