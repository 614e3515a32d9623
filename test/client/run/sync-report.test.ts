import { failuresOf, renderReport, reportOf } from '../../../client/run/sync-report.ts';
import type { SyncResult } from '../../../model/runs.ts';
import type { Ending } from '../../../client/run/wait.ts';
import type { SourceResult } from '../../../model/runs.ts';

const run = {
  workflowId: 'sync/by-hand/1',
  runId: 'r',
  result: () => Promise.reject(new Error('not asked')),
};

const landed: SourceResult = {
  status: 'landed',
  completeThrough: '2026-11-24T13:21:05.123456Z',
  tables: {
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
  sessions: 40,
};
const failed: SourceResult = {
  status: 'failed',
  failure: { type: 'Unavailable', message: 'source "project_b", the warehouse: its disk is full.' },
  tables: {},
  sessions: 0,
};
const running: SourceResult = { status: 'running', tables: {}, sessions: 0 };

test('what landed is a row per table', () => {
  const report = reportOf(run, completed({ project_a: landed }), 3.21);
  expect(report).toMatchObject({ status: 'completed', views: { sessions: 40 } });
  expect(renderReport(report)).toMatchInlineSnapshot(`
   "source     table   extracted  inserted  updated  unchanged  deleted     rows  complete through
   project_a  events      1,200     1,000      150         50        3  500,000  2026-11-24 13:21:05 UTC
   project_a  pages           0         0        0          0        0       60  2026-11-24 13:21:05 UTC

   40 sessions computed anew; 3.2 s."
  `);
});

test('a failed source is a sentence that names it, and the rest has landed all the same', () => {
  const ending: Ending<SyncResult> = {
    status: 'failed',
    message: '1 of 2',
    result: { sources: { project_a: landed, project_b: failed } },
  };
  const report = reportOf(run, ending, 1);
  expect(report.status).toBe('failed');
  expect(report.sources['project_b']).toEqual({
    status: 'failed',
    completeThrough: null,
    failure: { type: 'Unavailable', message: 'source "project_b", the warehouse: its disk is full.' },
    tables: {},
  });
  expect(failuresOf(report, ending)).toEqual(['source "project_b": the warehouse: its disk is full']);
});

test('a source that is still running has not landed, so that the command fails', () => {
  const ending = completed({ project_a: landed, project_b: running });
  const report = reportOf(run, ending, 1);
  expect(report.status).toBe('failed');
  expect(failuresOf(report, ending)).toEqual([
    'source "project_b" is still running; see how far it is with: tidehouse status',
  ]);
});

test('a run that was terminated says so', () => {
  const ending: Ending<SyncResult> = { status: 'failed', message: 'Workflow execution terminated' };
  const report = reportOf(run, ending, 1);
  expect(report.sources).toEqual({});
  expect(failuresOf(report, ending)).toEqual(['The run failed: Workflow execution terminated']);
});

function completed(sources: Record<string, SourceResult>): Ending<SyncResult> {
  return { status: 'completed', result: { sources } };
}
