import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditReport } from '../../../client/run/audit.ts';
import { renderAudit } from '../../../client/run/audit.ts';
import { dataDifference } from '../../support/equal-data.ts';
import { tidehouse } from '../../support/run-command.ts';
import { openStar } from '../../support/star.ts';
import { openTemporal } from '../../support/temporal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { visit } from '../../support/visit.ts';

test('an audit finds what somebody changed in clean, mends it in the same run, and finds nothing the next time', async () => {
  const star = await openStar({ tables: { pages: {}, events: {} } });
  const temporal = await openTemporal();
  const worker = await temporal.startWorker(star.activities, ['tidehouse']);
  const folder = await temporaryFolder('audit');
  const run = async (...options: string[]) => {
    const ended = await tidehouse(['--config', 'tidehouse.yaml', 'audit', '--json', ...options], {
      folder,
      env: { TEMPORAL_ADDRESS: temporal.address },
    });
    return { code: ended.code, ...(JSON.parse(ended.stdout) as AuditReport) };
  };
  try {
    const config = {
      sources: { project_a: { url: star.hosts['project_a'] } },
      warehouse: { url: star.warehouseUrl },
      staging: star.staging,
      tables: { pages: {}, events: {} },
    };
    await writeFile(join(folder, 'tidehouse.yaml'), JSON.stringify(config));
    for (const user of [1, 2, 3]) await visit(star.host, user);
    // A source that has not landed yet has nothing to compare.
    expect(await run()).toMatchObject({ code: 0, sources: { project_a: { status: 'landed', tables: {} } } });

    await star.warehouse.query(
      `delete from clean.events where id = 2; update clean.pages set name = 'falsified'`,
    );
    expect(
      await tidehouse(['--config', 'tidehouse.yaml', 'audit', '--table', 'event'], { folder }),
    ).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: 'No table event of project_a has landed; the tables that have: events, pages.\n',
    });

    const found = await run('--source', 'project_a', '--table', 'events', '--table', 'pages');
    const { events, pages } = found.sources['project_a']!.tables;
    expect(events!.missing).toBe(1);
    expect(pages!.different).toBe(pages!.compared);
    expect(found.code).toBe(0);
    expect(
      await dataDifference(star.hosts['project_a']!, star.warehouse, 'project_a', ['events', 'pages']),
    ).toEqual({});

    const { sources } = await run();
    for (const table of Object.values(sources['project_a']!.tables))
      expect(table).toMatchObject({ missing: 0, different: 0, surplus: 0 });
    expect(Object.keys(sources['project_a']!.tables)).toEqual(['pages', 'events']);
  } finally {
    await worker.stop();
    await temporal.close();
    await star.close();
  }
}, 400_000);

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
