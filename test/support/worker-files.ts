import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableConfig } from '../../model/table-config.ts';
import { starTables } from './config.ts';
import type { Star } from './star.ts';
import type { TestTemporal } from './temporal.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The files for a worker process: a config with the sources of the star, and Temporal's settings. */
export async function workerFiles(
  { hosts, warehouseUrl, staging }: Pick<Star, 'hosts' | 'warehouseUrl' | 'staging'>,
  temporal: TestTemporal,
  tables: Record<string, TableConfig> = starTables,
): Promise<{ config: string; temporal: string }> {
  const config = join(await temporaryFolder('worker'), 'tidehouse.yaml');
  await writeFile(
    config,
    JSON.stringify({
      sources: Object.fromEntries(Object.entries(hosts).map(([name, url]) => [name, { url }])),
      warehouse: { url: warehouseUrl },
      staging,
      tables,
    }),
  );
  return { config, temporal: await temporalFile(temporal) };
}

/** A file with Temporal's settings, for TEMPORAL_CONFIG_FILE. */
export async function temporalFile({ address }: { readonly address: string }): Promise<string> {
  const file = join(await temporaryFolder('temporal-file'), 'temporal.toml');
  await writeFile(file, `[profile.default]\naddress = "${address}"\n`);
  return file;
}
