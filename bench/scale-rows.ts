import { renderTable } from '../client/terminal/table.ts';
import { createApplication } from './application.ts';
import { onDatabase } from './database.ts';
import { spreadOf } from './measured.ts';
import type { SyncTimes } from './tidehouse.ts';
import { runSync } from './tidehouse.ts';
import { withBench } from './with-bench.ts';

/** The numbers of events of one source. */
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100_000, 1_000_000, 10_000_000];
const rounds = 3;
const activityNames = ['extract', 'loadRaw', 'upsert', 'refreshViews'] as const;

/** Measures whether the same ten minutes of changes cost the same, however long the history is. */
async function main(): Promise<void> {
  const rows = [];
  for (const events of sizes) {
    const { first, deltas } = await measure(events);
    rows.push([
      events,
      seconds(first.wholeMs),
      seconds(spreadOf(deltas.map(({ wholeMs }) => wholeMs)).median),
      ...activityNames.map((name) => Math.round(spreadOf(deltas.map((run) => activityMs(run, name))).median)),
    ]);
  }
  const headings = [
    'events',
    'first load, s',
    'ten minutes, s',
    ...activityNames.map((name) => `${name}, ms`),
  ];
  process.stdout.write(`${renderTable(headings, rows)}\n`);
}

async function measure(events: number): Promise<{ first: SyncTimes; deltas: SyncTimes[] }> {
  return withBench(async ({ servers, client }) => {
    const source = servers.sources[0]!;
    const application = createApplication([source], events / 500_000, 1);
    await application.seed();
    const first = await runSync(client, servers);
    for (const url of [source.owner, servers.tidehouseUrl])
      await onDatabase(url, (database) => database.query('vacuum analyze'));
    const deltas: SyncTimes[] = [];
    while (deltas.length < rounds) {
      await application.tenMinutes();
      deltas.push(await runSync(client, servers));
    }
    return { first, deltas };
  });
}

function activityMs({ activities }: SyncTimes, wanted: string): number {
  return Math.max(
    ...Object.values(activities).map((times) =>
      times.reduce((sum, { name, ms }) => sum + (name === wanted ? ms : 0), 0),
    ),
  );
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2);
}

void main();
