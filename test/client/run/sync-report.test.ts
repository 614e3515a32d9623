import { renderSync, syncFailures, syncReport } from '../../../client/run/sync-report.ts';
import type { TableOutcomes } from '../../../client/run/table-outcomes.ts';
import type { Ending } from '../../../client/run/wait.ts';
import type { SourceTotals, SyncResult } from '../../../model/runs.ts';

const run = {
  workflowId: 'sync/manual/1',
  runId: 'r',
  result: () => Promise.reject(new Error('not awaited')),
};

const landed: SourceTotals = {
  status: 'landed',
  runId: 'of project_a',
  completeThrough: '2026-11-24T13:21:05.123456Z',
  extracted: 1200,
  changed: 1153,
  sessions: 40,
};
const tables: Record<string, TableOutcomes> = {
  project_a: {
    events: {
      strategy: 'sweep',
      extracted: 1200,
      inserted: 1000,
      updated: 150,
      unchanged: 50,
      deleted: 3,
      rows: 500000,
    },
    pages: { strategy: 'sweep', extracted: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0, rows: 60 },
  },
};
const none = { extracted: 0, changed: 0, sessions: 0 };
const failed: SourceTotals = {
  status: 'failed',
  error: 'source "project_b", the warehouse: its disk is full.',
  ...none,
};
const running: SourceTotals = { status: 'running', ...none };

test('the report has a row for each table that landed', () => {
  const report = syncReport(run, completed({ project_a: landed }), 3.21, tables);
  expect(report).toMatchObject({ status: 'completed', views: { sessions: 40 } });
  expect(renderSync(report)).toMatchInlineSnapshot(`
   "source     table   extracted  inserted  updated  unchanged  deleted     rows  complete through
   project_a  events      1,200     1,000      150         50        3  500,000  2026-11-24 13:21:05 UTC
   project_a  pages           0         0        0          0        0       60  2026-11-24 13:21:05 UTC

   40 sessions recomputed. The run took 3.2 s."
  `);
});

test('a failed source is reported in one sentence, and the others have landed', () => {
  const ending: Ending<SyncResult> = {
    status: 'failed',
    message: '1 of 2',
    result: { landed: '', sources: { project_a: landed, project_b: failed } },
  };
  const report = syncReport(run, ending, 1, tables);
  expect(report.status).toBe('failed');
  expect(report.sources['project_b']).toEqual({
    status: 'failed',
    completeThrough: null,
    error: 'source "project_b", the warehouse: its disk is full.',
    tables: {},
  });
  expect(syncFailures(report, ending)).toEqual(['source "project_b", the warehouse: its disk is full.']);
});

test('a source that is still running has not landed, so the command fails', () => {
  const ending = completed({ project_a: landed, project_b: running });
  const report = syncReport(run, ending, 1, tables);
  expect(report.status).toBe('failed');
  expect(syncFailures(report, ending)).toEqual([
    'source "project_b": still running. To see when it has landed: tidehouse status',
  ]);
});

test('a terminated run is one sentence', () => {
  const ending: Ending<SyncResult> = { status: 'failed', message: 'the run was terminated manually.' };
  const report = syncReport(run, ending, 1, tables);
  expect(report.sources).toEqual({});
  expect(syncFailures(report, ending)).toEqual(['sync/manual/1: the run was terminated manually.']);
});

function completed(sources: Record<string, SourceTotals>): Ending<SyncResult> {
  return { status: 'completed', result: { landed: '', sources } };
}
