import { failureMessage } from '../../../model/failure.ts';
import type { Failure } from '../../../model/failure.ts';
import { retryLog } from '../../../client/run/retry-log.ts';

test('what an activity waits for is said once, until it is something else', () => {
  const lines: string[] = [];
  const show = retryLog((line) => lines.push(line));
  const died = 'its worker stopped responding (killed, frozen or cut off). The next run tries again.';
  const refused = { source: 'a', warehouse: true as const, causes: [{ problem: 'refused' }] as const };
  const failures: (Failure | undefined)[] = [
    { type: 'Unavailable', message: failureMessage(refused), details: refused },
    { type: 'Unavailable', message: failureMessage(refused), details: refused },
    undefined,
    { type: 'TimeoutFailure', message: died },
  ];
  for (const failure of failures)
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
  expect(lines).toEqual([
    'source "a", the warehouse: refused. Trying again.',
    'source "a": its worker stopped responding (killed, frozen or cut off). Trying again.',
  ]);
});
