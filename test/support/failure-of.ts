import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** Runs an activity that should fail, like a worker but without its log, and returns the failure that Temporal would receive. */
export async function failureOf<A extends unknown[]>(
  activity: (...args: A) => Promise<unknown>,
  ...args: A
): Promise<ApplicationFailure> {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const error = await environment.run(activity, ...args).then(
    () => new Error('The activity did not fail.'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ApplicationFailure) return error;
  throw error;
}
