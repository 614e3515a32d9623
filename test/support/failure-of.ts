import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** Runs a step that is meant to fail, as a worker would but without its log, and gives the failure that Temporal would see. */
export async function failureOf<A extends unknown[]>(
  step: (...args: A) => Promise<unknown>,
  ...args: A
): Promise<ApplicationFailure> {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const error = await environment.run(step, ...args).then(
    () => new Error('The step did not fail.'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ApplicationFailure) return error;
  throw error;
}
