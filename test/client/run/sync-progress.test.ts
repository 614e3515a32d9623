import type { Client } from '@temporalio/client';
import type { RunStatus } from '../../../client/run/sync-progress.ts';
import { followProgress, renderProgress } from '../../../client/run/sync-progress.ts';

const now = Date.parse('2026-11-24T18:00:00Z');
const attempt = { attempt: 1, maximumAttempts: 4 };

test('a source has a line with its phase, its rows and what its activity does', () => {
  const lines = renderProgress(
    {
      shown: [
        { source: 'project_a', phase: 'landed', rows: 1_234 },
        {
          source: 'project_b',
          phase: 'extracting',
          rows: 0,
          activity: {
            ...attempt,
            table: 'events',
            rows: 1_234_567,
            of: 2_900_000,
            estimated: true,
            perSecond: 45_300,
          },
        },
        {
          source: 'project_c',
          phase: 'extracting',
          rows: 0,
          activity: { ...attempt, attempt: 3, problem: 'connection refused', nextAt: now + 12_000 },
        },
        {
          source: 'project_h',
          phase: 'extracting',
          pass: 2,
          rows: 0,
          activity: { ...attempt, attempt: 2, problem: 'connection refused', table: 'orders', rows: 12 },
        },
        {
          source: 'project_e',
          phase: 'extracting',
          rows: 0,
          activity: { ...attempt, table: 'orders', rows: 1_500, of: 1_000, estimated: true },
        },
        {
          source: 'project_f',
          phase: 'upserting',
          rows: 950,
          activity: { ...attempt, table: 'pages', rows: 0, of: 950 },
        },
        { source: 'project_g', phase: 'refreshing views', rows: 7, activity: { ...attempt, sessions: 1 } },
        {
          source: 'project_d',
          phase: 'loading raw',
          rows: 7,
          activity: { ...attempt, attempt: 2, problem: 'the connection was lost' },
        },
      ],
      counts: { landed: 1, running: 9 },
    },
    now,
  );
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "project_a  landed              1,234 rows
    project_b  extracting          ████░░░░░░  42 %  events  ~1.2M of ~2.9M rows  45k/s
    project_c  extracting          attempt 3 of 4, again in 12 s: connection refused
    project_h  extracting, pass 2  attempt 2 of 4  orders  12 rows
    project_e  extracting          orders  ~1.5k rows
    project_f  upserting           ░░░░░░░░░░   0 %  pages  0 of 950 rows
    project_g  refreshing views    7 rows  1 session
    project_d  loading raw         7 rows  attempt 2 of 4, after the connection was lost
    10 sources: 1 landed, 9 running"
  `);
});

test('the last failure of an activity is read, also while no worker answers and another source has not started', async () => {
  const over = new AbortController();
  const pendingActivities = [{ attempt: 2, maximumAttempts: 4, lastFailure: { message: 'out of reach.' } }];
  const [parentExecution, another] = [{ workflowId: 'sync/manual' }, { workflowId: 'sync-2026' }];
  const runs: Readonly<Record<string, object>> = {
    'sync-source/a': { parentExecution, raw: { pendingActivities } },
    'sync-source/c': { parentExecution: another, status: { name: 'RUNNING' } },
    'sync-source/d': { parentExecution: another, status: { name: 'COMPLETED' } },
  };
  const rejected = () => Promise.reject(new Error('nothing there'));
  const client = {
    withDeadline: (_deadline: number, work: () => unknown) => work(),
    workflow: {
      getHandle: (id: string) => ({
        query: rejected,
        describe: () => {
          const run = runs[id];
          return run ? Promise.resolve({ raw: { pendingActivities: [] }, ...run }) : rejected();
        },
      }),
    },
  } as unknown as Client;
  const statuses: RunStatus[] = [];
  const run = { workflowId: 'sync/manual', runId: '1' };
  await followProgress(
    client,
    { run, sources: ['a', 'b', 'c', 'd'], everyMs: 1 },
    (status) => {
      if (statuses.push(status) === 2) over.abort();
    },
    over.signal,
  );
  expect(statuses).toHaveLength(2);
  expect(statuses[1]!.shown).toEqual([
    {
      ...{ source: 'a', phase: 'starting', rows: 0 },
      activity: {
        attempt: 2,
        maximumAttempts: 4,
        problem: 'out of reach',
        failure: { type: 'Error', message: 'out of reach.' },
      },
    },
    { source: 'b', phase: 'starting', rows: 0, activity: undefined },
    // An earlier run says nothing of this one.
    { source: 'c', phase: 'after an earlier run', rows: 0, activity: undefined },
    { source: 'd', phase: 'starting', rows: 0, activity: undefined },
  ]);
});
