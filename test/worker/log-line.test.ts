import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { jsonLine } from '../../worker/log-line.ts';

test('an error is written with its causes, no sentence twice, and without what only wraps a cause', () => {
  const cause = new Error('the database system is shutting down');
  const failure = ApplicationFailure.create({
    message: `source "project_b": ${cause.message}. Wait until it accepts connections.`,
    cause: new ActivityFailure('Activity task failed', 'extract', '1', 'NON_RETRYABLE_FAILURE', 'w', cause),
  });
  const errorOf = (error: Error) =>
    (JSON.parse(jsonLine(new Date(), 'WARN', 'Workflow failed', { error })) as { error: string }).error;
  expect(errorOf(failure)).toBe(failure.message);
  expect(errorOf(new Error('Nothing was landed.', { cause }))).toBe(`Nothing was landed: ${cause.message}`);
});
