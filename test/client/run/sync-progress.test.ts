import { renderProgress } from '../../../client/run/sync-progress.ts';

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
          activity: { ...attempt, table: 'events', bytes: 12 * 2 ** 20 },
        },
        {
          source: 'project_c',
          phase: 'extracting',
          rows: 0,
          activity: { ...attempt, attempt: 3, problem: 'connection refused', nextAt: now + 12_000 },
        },
        {
          source: 'project_d',
          phase: 'loading raw',
          rows: 7,
          activity: { ...attempt, attempt: 2, problem: 'the connection was lost' },
        },
      ],
      counts: { landed: 1, running: 5 },
    },
    now,
  );
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "project_a  landed            1,234 rows
    project_b  extracting        events, 12 MiB
    project_c  extracting        attempt 3 of 4, again in 12 s: connection refused
    project_d  loading raw       7 rows  attempt 2 of 4, after the connection was lost
    6 sources: 1 landed, 5 running"
  `);
});
