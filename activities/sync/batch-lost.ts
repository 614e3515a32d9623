import type { ApplicationFailure } from '@temporalio/common';
import { createFailure, failureTypes } from '../../model/failure.ts';

/** The failure after which the workflow extracts again: the batch's staged files or raw rows are lost. */
export function batchLost(source: string, problem: string, table?: string): ApplicationFailure {
  const cause = { ...(table !== undefined && { table }), problem, advice: 'It is extracted again.' };
  return createFailure(failureTypes.batchLost, { source, causes: [cause] }, { final: true });
}
