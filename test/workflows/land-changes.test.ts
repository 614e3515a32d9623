import type { Batch, Landed, NotCopied, Unreconciled } from '../../model/batch.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import type { SourceProgress } from '../../model/runs.ts';
import { phaseText } from '../../model/runs.ts';
import type { Landing } from '../../workflows/land-changes.ts';
import { landChanges } from '../../workflows/land-changes.ts';

const landed: Landed = {
  status: 'landed',
  completeThrough: '2026-11-24T17:41:57.000000Z',
  tables: {},
};
const lost = (type: string) => createFailure(type, { source: 'shop', causes: [{ problem: 'gone' }] });

/** A landing whose upserts have the given outcomes, one after the other, and the calls that it has made. */
function fake(
  outcomes: (Landed | Unreconciled | Error)[],
  idle?: Landed,
  copied?: Landed | NotCopied | Error | (Landed | Unreconciled)[],
) {
  const calls: string[] = [];
  const reports: SourceProgress[] = [];
  const landing: Landing = {
    activities: {
      extract({ source, batchId, keysOf, allKeysOf = [], leavesFirstLoad }) {
        const keys = keysOf.length > 0 ? ` with keys of ${keysOf.join(', ')}` : '';
        const all = allKeysOf.length > 0 ? `, all of ${allKeysOf.join(', ')}` : '';
        calls.push(`extract ${batchId}${keys}${all}`);
        if (idle) return Promise.resolve(idle);
        if (copied && leavesFirstLoad)
          return Promise.resolve({ status: 'large', tableCount: 1, bytes: 1 } as const);
        const batch: Batch = {
          ...{ source, id: batchId, after: null, manifestSha256: '' },
          ...{ tableCount: 1, rowCount: 1, bytes: 1 },
        };
        return Promise.resolve(batch);
      },
      firstLoad({ batchId, keysOf }) {
        calls.push(`firstLoad ${batchId}${keysOf.length > 0 ? ` with keys of ${keysOf.join(', ')}` : ''}`);
        if (copied instanceof Error) return Promise.reject(copied);
        return Promise.resolve(Array.isArray(copied) ? copied.shift()! : copied!);
      },
      loadRaw({ id }) {
        calls.push(`loadRaw ${id}`);
        return Promise.resolve();
      },
      upsert({ id }) {
        calls.push(`upsert ${id}`);
        const outcome = outcomes.shift()!;
        return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
      },
    },
    batchId: (n) => `b-${n}`,
    report: (progress) => void reports.push(progress),
    holdsBack: () => true,
  };
  return { calls, reports, landing };
}

test('a batch is extracted, loaded and landed', async () => {
  const { calls, landing } = fake([landed]);
  expect(await landChanges('shop', landing)).toBe(landed);
  expect(calls).toEqual(['extract b-1', 'loadRaw b-1', 'upsert b-1']);
});

test('when nothing has changed, the extract is the landing', async () => {
  const idle = { ...landed, idle: true } as const;
  const { calls, landing } = fake([], idle);
  expect(await landChanges('shop', landing)).toBe(idle);
  expect(calls).toEqual(['extract b-1']);
});

test('a large source that has not landed yet is copied', async () => {
  const { calls, landing } = fake([], undefined, landed);
  expect(await landChanges('shop', landing)).toBe(landed);
  expect(calls).toEqual(['extract b-1', 'firstLoad b-1']);
});

test('a large table is copied with the keys of others whose row counts do not reconcile', async () => {
  const { calls, landing } = fake([], undefined, [{ status: 'unreconciled', tables: ['t'] }, landed]);
  expect(await landChanges('shop', landing)).toBe(landed);
  expect(calls).toEqual([
    'extract b-1',
    'firstLoad b-1',
    'extract b-2 with keys of t',
    'firstLoad b-2 with keys of t',
  ]);
});

test('when the copy refuses the only table, the landing fails with its failure', async () => {
  const refused = createFailure(failureTypes.cannotLand, {
    source: 'shop',
    causes: [{ table: 'orders', problem: 'it has no key' }],
  });
  const { calls, landing } = fake([], undefined, refused);
  await expect(landChanges('shop', landing)).rejects.toBe(refused);
  expect(calls).toEqual(['extract b-1', 'firstLoad b-1']);
});

test('a source that cannot be copied is extracted', async () => {
  const { calls, landing } = fake([landed], undefined, { status: 'not copied', reason: 'a row was refused' });
  expect(await landChanges('shop', landing)).toBe(landed);
  expect(calls).toEqual(['extract b-1', 'firstLoad b-1', 'extract b-2', 'loadRaw b-2', 'upsert b-2']);
});

test('tables whose row counts do not reconcile are extracted again with their keys, in a second pass', async () => {
  const { calls, reports, landing } = fake([{ status: 'unreconciled', tables: ['orders'] }, landed]);
  expect(await landChanges('shop', landing)).toBe(landed);
  expect(calls.filter((call) => call.startsWith('extract'))).toEqual([
    'extract b-1',
    'extract b-2 with keys of orders',
  ]);
  expect(reports.map(({ phase, pass }) => phaseText(phase, pass))).toEqual([
    ...['extracting', 'loading raw', 'upserting'],
    ...['extracting, pass 2', 'loading raw, pass 2', 'upserting, pass 2'],
  ]);
});

test.each([failureTypes.batchLost, failureTypes.positionMoved])(
  '%s is cured by another extract',
  async (type) => {
    const { calls, landing } = fake([lost(type), landed]);
    expect(await landChanges('shop', landing)).toBe(landed);
    expect(calls).toContain('extract b-2');
  },
);

test('tables that do not reconcile with the keys of ranges either are extracted with all keys', async () => {
  const { calls, landing } = fake([
    { status: 'unreconciled', tables: ['t', 'u'], comparedInRanges: ['u'] },
    landed,
  ]);
  expect(await landChanges('shop', landing)).toBe(landed);
  expect(calls).toContain('extract b-2 with keys of t, u, all of u');
});

test('any other failure ends the landing at once', async () => {
  const { calls, landing } = fake([lost(failureTypes.cannotLand)]);
  await expect(landChanges('shop', landing)).rejects.toMatchObject({ type: 'CannotLand' });
  expect(calls).not.toContain('extract b-2');
});

test('a landing gives up after four extracts, with the last failure or the names of the tables', async () => {
  const always = fake([1, 2, 3, 4].map(() => lost(failureTypes.batchLost)));
  await expect(landChanges('shop', always.landing)).rejects.toMatchObject({ type: 'BatchLost' });
  expect(always.calls.filter((call) => call.startsWith('extract'))).toHaveLength(4);

  const never = fake([1, 2, 3, 4].map(() => ({ status: 'unreconciled' as const, tables: ['orders'] })));
  await expect(landChanges('shop', never.landing)).rejects.toMatchObject({
    type: 'Unreconciled',
    nonRetryable: true,
    message: expect.stringContaining('orders') as string,
  });
});
