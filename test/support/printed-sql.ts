import type { ApplicationFailure } from '@temporalio/common';
import type { FailureDetails } from '../../model/failure.ts';

/** The statement that a failure prints for somebody to run, exactly as it is printed: on a line of its own. */
export function printedSql({ message, details }: ApplicationFailure): string {
  const { causes } = details![0] as FailureDetails;
  const { sql } = causes.find((cause) => cause.sql !== undefined)!;
  const printed = message.split('\n').find((line) => line === `${sql};`);
  expect(printed).toBe(`${sql};`);
  return printed!;
}
