import type { Client } from '@temporalio/client';
import { watchRetries } from '../../../client/run/watch-retries.ts';

test('what an activity waits for is said once, until it is something else', async () => {
  const over = new AbortController();
  const failures = ['the warehouse: refused.', 'the warehouse: refused.', undefined, 'a lock is held.'];
  const describe = () => {
    const message = failures.shift();
    if (failures.length === 0) setImmediate(() => over.abort());
    return Promise.resolve({ raw: { pendingActivities: [{ lastFailure: message ? { message } : null }] } });
  };
  const client = {
    withDeadline: (_deadline: number, work: () => unknown) => work(),
    workflow: {
      getHandle: (id: string) =>
        id === 'sync-source/a' ? { describe } : { describe: () => Promise.reject(new Error('not started')) },
    },
  } as unknown as Client;
  const lines: string[] = [];
  const ids = ['sync-source/a', 'sync-source/b'];
  await watchRetries(client, ids, (line) => lines.push(line), over.signal, 1);
  expect(lines).toEqual(['the warehouse: refused. Trying again.', 'a lock is held. Trying again.']);
});
