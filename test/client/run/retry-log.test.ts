import { retryLog } from '../../../client/run/retry-log.ts';

test('what an activity waits for is said once, until it is something else', () => {
  const lines: string[] = [];
  const show = retryLog((line) => lines.push(line));
  for (const failure of ['the warehouse: refused.', 'the warehouse: refused.', undefined, 'a lock is held.'])
    show({
      shown: [
        {
          ...{ source: 'a', phase: 'extracting', rows: 0 },
          activity: { attempt: 2, maximumAttempts: 4, ...(failure !== undefined && { failure }) },
        },
        { source: 'b', phase: 'starting', rows: 0 },
      ],
      counts: { running: 2 },
    });
  expect(lines).toEqual(['the warehouse: refused. Trying again.', 'a lock is held. Trying again.']);
});
