import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { to as copyTo } from 'pg-copy-streams';
import { packageRoot } from '../activities/package-root.ts';
import { renderTable } from '../client/terminal/table.ts';
import { syncSourceId } from '../model/names.ts';
import { readActivityTimes } from './activity-times.ts';
import { changeConfig } from './config-file.ts';
import { onDatabase } from './database.ts';
import { spreadOf } from './measured.ts';
import { runSync } from './tidehouse.ts';
import { withBench } from './with-bench.ts';

const [rowCount = 2_000_000] = process.argv.slice(2).map(Number);
const rounds = 5;

/** Measures what the audit of a table costs, compared with reading the table once on either side, in turn. */
async function main(): Promise<void> {
  const { audits, scans, memory } = await withBench(async ({ servers, client, worker }) => {
    const { name, owner } = servers.sources[0]!;
    await onDatabase(owner, (database) =>
      database.query(`create table orders (id bigint primary key, customer integer, body text, amount numeric(12, 2), at timestamptz);
        insert into orders select n, n % 1000, 'order ' || md5(n::text), n * 1.1, now() + n * interval '1 s' from generate_series(1, ${rowCount}) n;
        grant select on orders to tidehouse_reader`),
    );
    await changeConfig(servers.configFile, (sources) => ({
      sources: { [name]: sources[name]! },
      tables: { orders: {} },
    }));
    await runSync(client, servers);
    const sides = [
      ['source', owner, 'orders'],
      ['clean', servers.tidehouseUrl, '(select * from clean.orders)'],
    ] as const;
    for (const [, url] of sides) await onDatabase(url, (database) => database.query('vacuum analyze'));
    const measured: { audits: number[]; scans: Record<string, number[]> } = {
      audits: [],
      scans: { source: [], clean: [] },
    };
    const before = worker.peakMemory();
    for (let round = 0; round <= rounds; round++) {
      const scanned = await Promise.all(
        sides.map(async ([side, url, from]) => [side, await scan(url, from)] as const),
      );
      const startedAt = Date.now();
      await promisify(execFile)(
        join(packageRoot, 'tidehouse'),
        ['--config', servers.configFile, 'audit', '--json'],
        {
          env: { ...process.env, TEMPORAL_CONFIG_FILE: servers.temporalFile },
        },
      );
      const activities = await readActivityTimes(client, syncSourceId(name), startedAt);
      // The first round reads what is not in memory yet.
      if (round === 0) continue;
      measured.audits.push(activities.find((each) => each.name === 'auditSource')!.ms);
      for (const [side, ms] of scanned) measured.scans[side]!.push(ms);
    }
    return { ...measured, memory: [before, worker.peakMemory()] };
  });
  const audit = spreadOf(audits).median;
  const rows = Object.entries(scans).map(([side, times]) => {
    const ms = spreadOf(times).median;
    return [`copy of ${side}`, (ms / 1_000).toFixed(2), (audit / ms).toFixed(2)];
  });
  process.stdout.write(
    `${renderTable([`${rowCount} rows`, 'seconds', 'audit, ratio'], [...rows, ['audit of both', (audit / 1_000).toFixed(2), '1']])}
The worker's peak memory was ${memory[0]} MB before the audits, and ${memory[1]} MB after them.\n`,
  );
}

/** The time that COPY needs to read a table, in milliseconds. */
async function scan(url: string, from: string): Promise<number> {
  return onDatabase(url, async (database) => {
    const start = performance.now();
    await finished(database.query(copyTo(`copy ${from} to stdout`)).resume());
    return performance.now() - start;
  });
}

void main();
