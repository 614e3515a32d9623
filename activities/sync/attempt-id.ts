import { attemptNumber } from '../activity.ts';

/**
 * The id under which this attempt at the batch `batchId` writes: its own from the second attempt on, so that an earlier one that
 * wakes up late writes elsewhere.
 */
export function attemptId(batchId: string): string {
  const attempt = attemptNumber();
  return attempt === 1 ? batchId : `${batchId}.${attempt}`;
}
