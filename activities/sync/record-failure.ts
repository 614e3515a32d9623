import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';

export interface FailureInput {
  readonly source: string;
  readonly error: string;
}

/** Records in ops why a source's run failed, for `tidehouse status` and for queries; the next landing clears it. */
export function createRecordFailure(environment: Environment) {
  return defineActivity(environment, recordFailure);
}

async function recordFailure(attempt: Attempt, { source, error }: FailureInput): Promise<void> {
  await attempt.onWarehouse(source, async (client) => {
    await client.query(
      // A landing clears the error and leaves failing_since, just as workers older than this column do.
      `insert into ops.source as known (source, error, error_at, failing_since)
       values ($1, $2, statement_timestamp(), statement_timestamp())
       on conflict (source) do update set error = excluded.error, error_at = excluded.error_at,
         failing_since = case when known.error is null then excluded.failing_since
                              else coalesce(known.failing_since, known.error_at) end`,
      [source, error],
    );
  });
}
