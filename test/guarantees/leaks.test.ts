import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { renderTable } from '../../client/terminal/table.ts';
import { syncSourceId, taskQueue, workflowTypes } from '../../model/names.ts';
import type { sync } from '../../workflows/index.ts';
import { dataDifference } from '../support/equal-data.ts';
import { openStar, openText } from '../support/star.ts';
import { openTemporal } from '../support/temporal.ts';
import { visit } from '../support/visit.ts';
import { workerFiles } from '../support/worker-files.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const runs = Number(process.env['TIDEHOUSE_RUNS'] ?? 24);
const names = ['project_a', 'project_b', 'project_c'];
/** The number of visits kept at a source, so each run has the same amount of work. */
const kept = 3;

/** Measurements that must not grow with the number of runs. */
interface Sample {
  /** Resident memory of the worker's process, in MB. */
  readonly memory: number;
  /** The number of open files, sockets and pipes of the worker's process. */
  readonly handles: number;
  /** The number of sessions at the sources and the warehouse. */
  readonly sessions: number;
  /** The number of staged batches. */
  readonly staged: number;
  /** The numbers of events and bytes in the histories of the run and of one of its children. */
  readonly events: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

// The handles of a process are read from /proc.
(process.platform === 'linux' ? test : test.skip)(
  `after ${runs} runs a worker uses no more resources than at first, and histories have not grown`,
  async () => {
    const star = await openStar({ hosts: names });
    const apps = await Promise.all(names.map((name) => openText(star.hosts[name]!)));
    const temporal = await openTemporal();
    const worker = startWorkerProcess(await workerFiles(star, temporal));
    const databases = [star.warehouseUrl, ...Object.values(star.hosts)].map((url) =>
      new URL(url).pathname.slice(1),
    );

    const samples: Sample[] = [];
    for (let n = 1; n <= runs; n++) {
      for (const app of apps) await changeAsMuchAsEver(app, n);
      const begun = performance.now();
      const run = await temporal.client.workflow.start<typeof sync>(workflowTypes.sync, {
        taskQueue,
        workflowId: `sync/${n}`,
        args: [{ waitMinutes: 1 }],
      });
      await run.result();
      const milliseconds = Math.round(performance.now() - begun);
      const histories = await Promise.all(
        [run, temporal.client.workflow.getHandle(syncSourceId('project_a'))].map((each) => each.describe()),
      );
      const { rows } = await star.host.query<{ count: string }>(
        'select count(*) from pg_stat_activity where datname = any($1)',
        [databases],
      );
      samples.push({
        memory: residentMegabytes(worker.pid),
        handles: readdirSync(`/proc/${worker.pid}/fd`).length,
        sessions: Number(rows[0]!.count),
        staged: names.flatMap((name) => readdirSync(join(star.staging, name))).length,
        events: histories.reduce((sum, { historyLength }) => sum + historyLength, 0),
        bytes: histories.reduce((sum, { historySize }) => sum + (historySize ?? 0), 0),
        milliseconds,
      });
    }
    for (const name of names)
      expect(await dataDifference(star.hosts[name]!, star.warehouse, name)).toEqual({});
    expect(await worker.stop()).toBe(0);
    for (const app of apps) await app.end();
    await temporal.close();
    await star.close();

    const quarter = Math.floor(runs / 4);
    const early = samples.slice(0, 2 * quarter);
    const late = samples.slice(-quarter);
    if (process.env['TIDEHOUSE_RUNS']) process.stdout.write(`${report(samples)}\n`);
    expect(medianOf(late, 'memory') - medianOf(early.slice(quarter), 'memory')).toBeLessThan(40);
    // A leak raises every later sample, the lowest one too; a connection that is just being opened raises one.
    for (const [what, factor] of [
      ['handles', 1],
      ['sessions', 1],
      ['staged', 1],
      ['events', 1],
      // Growing batch and row numbers have more digits.
      ['bytes', 1.02],
    ] as const)
      expect([what, leastOf(late, what) <= factor * mostOf(early, what)]).toEqual([what, true]);
  },
  120_000 + runs * 5_000,
);

/** Adds a visit and deletes the oldest one. */
async function changeAsMuchAsEver(app: Client, n: number): Promise<void> {
  await visit(app, n);
  const gone = n - kept;
  await app.query(`
    delete from events where id <= ${gone};
    delete from transactions where id < ${2 * gone + 2};
    delete from user_sessions where id <= ${gone};
    delete from pages where id <= ${gone}`);
}

function residentMegabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Math.round(Number(kilobytes) / 1024);
}

function valuesOf(samples: readonly Sample[], what: keyof Sample): number[] {
  return samples.map((sample) => sample[what]).sort((a, b) => a - b);
}

function medianOf(samples: readonly Sample[], what: keyof Sample): number {
  return valuesOf(samples, what)[Math.floor(samples.length / 2)]!;
}

function mostOf(samples: readonly Sample[], what: keyof Sample): number {
  return valuesOf(samples, what).at(-1)!;
}

function leastOf(samples: readonly Sample[], what: keyof Sample): number {
  return valuesOf(samples, what)[0]!;
}

/** The median of each tenth of the runs. */
function report(samples: readonly Sample[]): string {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const columns = Object.keys(samples[0]!) as (keyof Sample)[];
  const parts = Array.from({ length: Math.floor(samples.length / tenth) }, (_, at) =>
    samples.slice(at * tenth, (at + 1) * tenth),
  );
  return renderTable(
    ['runs', ...columns],
    parts.map((part, at) => [(at + 1) * tenth, ...columns.map((what) => medianOf(part, what))]),
  );
}
