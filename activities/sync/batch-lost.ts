import type { ApplicationFailure } from '@temporalio/common';
import { createFailure, failureTypes } from '../../model/failure.ts';

/** The failure after which the workflow extracts again: the batch cannot land, and another can. */
export function batchLost(source: string, problem: string, table?: string): ApplicationFailure {
  const cause = { ...(table !== undefined && { table }), problem, advice: 'It is extracted again.' };
  return createFailure(failureTypes.batchLost, { source, causes: [cause] }, { final: true });
}

/** The failure of a batch that has columns of a table which clean has no more. */
export function renamedMeanwhile(
  source: string,
  table: string,
  columns: readonly string[],
): ApplicationFailure {
  const names = columns.join(', ');
  return batchLost(source, `meanwhile the warehouse has renamed or dropped columns of it: ${names}`, table);
}
