import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditReport } from '../../../client/run/audit.ts';
import { renderAudit } from '../../../client/run/audit.ts';
import type { SyncReport } from '../../../client/run/sync-report.ts';
import { dataDifference } from '../../support/equal-data.ts';
import { eventually } from '../../support/eventually.ts';
import { tidehouse } from '../../support/run-command.ts';
import { openStar, openText } from '../../support/star.ts';
import type { Star } from '../../support/star.ts';
import { openTemporal } from '../../support/temporal.ts';
import type { TestTemporal } from '../../support/temporal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { visit } from '../../support/visit.ts';

let star: Star;
let temporal: TestTemporal;
let worker: { stop(): Promise<void> };
let folder: string;

beforeAll(async () => {
  star = await openStar({ tables: { pages: {}, events: {} } });
  temporal = await openTemporal();
  worker = await temporal.startWorker(star.activities, ['tidehouse']);
  folder = await temporaryFolder('audit');
  const config = {
    sources: { project_a: { url: star.hosts['project_a'] } },
    warehouse: { url: star.warehouseUrl },
    staging: star.staging,
    tables: { pages: {}, events: {} },
  };
  await writeFile(join(folder, 'tidehouse.yaml'), JSON.stringify(config));
  for (const user of [1, 2, 3]) await visit(star.host, user);
});
afterAll(async () => {
  await worker.stop();
  await temporal.close();
  await star.close();
});

async function run<Report>(...args: string[]) {
  const ended = await tidehouse(['--config', 'tidehouse.yaml', ...args, '--json'], {
    folder,
    env: { TEMPORAL_ADDRESS: temporal.address },
  });
  return { code: ended.code, ...(JSON.parse(ended.stdout) as Report) };
}

const difference = () =>
  dataDifference(star.hosts['project_a']!, star.warehouse, 'project_a', ['events', 'pages']);

test('an audit finds what somebody changed in clean, mends it in the same run, and finds nothing the next time', async () => {
  const audit = (...options: string[]) => run<AuditReport>('audit', ...options);
  // A source that has not landed yet has nothing to compare.
  expect(await audit()).toMatchObject({ code: 0, sources: { project_a: { status: 'landed', tables: {} } } });

  await star.warehouse.query(
    `delete from clean.events where id = 2; update clean.pages set name = 'falsified'`,
  );
  expect(
    await tidehouse(['--config', 'tidehouse.yaml', 'audit', '--table', 'event'], { folder }),
  ).toMatchObject({
    ...{ code: 2, stdout: '' },
    stderr: 'No table event of project_a has landed; the tables that have: events, pages.\n',
  });

  const found = await audit('--source', 'project_a', '--table', 'events', '--table', 'pages');
  const { events, pages } = found.sources['project_a']!.tables;
  expect(events!.missing).toBe(1);
  expect(pages!.different).toBe(pages!.compared);
  expect(found.code).toBe(0);
  expect(await difference()).toEqual({});

  const { sources } = await audit();
  for (const table of Object.values(sources['project_a']!.tables))
    expect(table).toMatchObject({ missing: 0, different: 0, surplus: 0 });
  expect(Object.keys(sources['project_a']!.tables)).toEqual(['pages', 'events']);
}, 400_000);

test('resync reads a table whole after the run that is under way, and no reader sees the table empty or half', async () => {
  await star.warehouse.query(`update clean.events set event_name = 'falsified'`);
  await star.host.query('begin; lock table pages in access exclusive mode');
  const running = run<SyncReport>('sync');
  await eventually('the run waits for the lock', async () => {
    const { rowCount } = await star.warehouse.query(
      `select from pg_stat_activity where datname = $1 and application_name = 'tidehouse'`,
      [new URL(star.hosts['project_a']!).pathname.slice(1)],
    );
    return rowCount !== 0;
  });
  const reading = readEvents();
  const resyncing = run<SyncReport>('resync', 'project_a', 'events');
  await eventually('the request is noted', async () => {
    const { rowCount } = await star.warehouse.query('select from ops.position where whole_due');
    return rowCount === 1;
  });
  await star.host.query('commit');
  const [earlier, resynced] = await Promise.all([running, resyncing]);

  expect([earlier.code, resynced.code]).toEqual([0, 0]);
  expect(resynced.sources['project_a']!.tables).toMatchObject({
    events: { extracted: 3, updated: 3, rows: 3 },
    pages: { extracted: 0 },
  });
  expect(await reading()).toEqual(['3 rows, 3 falsified', '3 rows, 0 falsified']);
  expect(await difference()).toEqual({});
}, 400_000);

/** Reads the events of clean until the returned function is called: the different states that were seen, in their order. */
function readEvents() {
  const seen = new Set<string>();
  const over = new AbortController();
  const reading = (async () => {
    const reader = await openText(star.warehouseUrl);
    for (let last = false; !last;) {
      last = over.signal.aborted;
      const { rows } = await reader.query<{ seen: string }>(
        `select count(*) || ' rows, ' || count(*) filter (where event_name = 'falsified') || ' falsified' as seen from clean.events`,
      );
      seen.add(rows[0]!.seen);
    }
    await reader.end();
  })();
  return async () => {
    over.abort();
    await reading;
    return [...seen];
  };
}

test('the report has a line for each table, and says whether anything differed', () => {
  const report = (missing: number): AuditReport => ({
    workflowId: 'audit/manual/1',
    runId: '1',
    status: 'completed',
    seconds: 2,
    sources: {
      project_a: {
        status: 'landed',
        tables: { events: { compared: 1_200, missing, different: 0, surplus: 0 } },
      },
    },
  });
  expect(renderAudit(report(3))).toMatchInlineSnapshot(`
    "source     table   compared  missing  different  surplus
    project_a  events     1,200        3          0        0

    What differed has been read again from its source (2.0 s)."
  `);
  expect(renderAudit(report(0))).toContain('Every row is as it is at its source');
});
