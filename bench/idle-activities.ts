import type { Activities } from '../activities/index.ts';
import type { TableOutcome } from '../model/batch.ts';
import { createFailure, failureTypes } from '../model/failure.ts';

/** The activities of a sync that do nothing. */
export type IdleActivities = Pick<
  Activities,
  'listSources' | 'extract' | 'loadRaw' | 'upsert' | 'refreshViews' | 'recordFailure'
>;

const outcome: TableOutcome = {
  strategy: 'sweep',
  extracted: 1_000,
  inserted: 500,
  updated: 400,
  unchanged: 100,
  deleted: 10,
  rows: 1_000_000,
};

/** What becomes of a source: it lands, its extract fails for good with a long error, or its extract is tried again later. */
export type Fate = 'lands' | 'fails' | 'waits';

/** Activities of `sourceCount` sources with `tableCount` tables each. `fateOf` is asked at each extract. */
export function idleActivities(
  sourceCount: number,
  tableCount: number,
  fateOf: (source: string) => Fate,
): IdleActivities {
  const sources = Array.from({ length: sourceCount }, (_, at) => `source_${String(at + 1).padStart(4, '0')}`);
  const tables = Object.fromEntries(
    Array.from({ length: tableCount }, (_, at) => [`table_${at + 1}`, outcome]),
  );
  return {
    listSources: (asked) => Promise.resolve({ names: [...(asked ?? sources)], searchAttributes: [] }),
    extract({ source, batchId }) {
      const fate = fateOf(source);
      if (fate !== 'lands') {
        const causes = [
          { problem: `the server does not answer: ${'waited and tried again, '.repeat(500)}` },
        ] as const;
        const options = fate === 'fails' ? { final: true } : { retryAfterMs: 3_600_000 };
        return Promise.reject(createFailure(failureTypes.unavailable, { source, causes }, options));
      }
      return Promise.resolve({
        source,
        id: batchId,
        after: null,
        manifestSha256: '0'.repeat(64),
        tableCount,
        rowCount: 1_000 * tableCount,
        bytes: 100_000,
      });
    },
    loadRaw: () => Promise.resolve(),
    upsert: () =>
      Promise.resolve({
        status: 'landed',
        completeThrough: '2026-11-24T13:21:05.123456Z',
        tables,
      }),
    refreshViews: () => Promise.resolve({ sessions: 0 }),
    recordFailure: () => Promise.resolve(),
  };
}
