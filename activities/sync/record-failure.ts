import type { ConfigReader } from '../../model/config.ts';
import { withConnection } from '../postgres/connection.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { readConfig, warehouseEndpoint } from '../postgres/endpoints.ts';

export interface FailureInput {
  readonly source: string;
  readonly error: string;
}

/** Notes in ops what a source's run failed of, for `status` and for whoever asks in SQL; the next landing clears it. */
export function createRecordFailure(reader: ConfigReader, timeouts: Timeouts) {
  return async ({ source, error }: FailureInput): Promise<void> => {
    const config = await readConfig(reader);
    await withConnection(await warehouseEndpoint(reader, config), timeouts, undefined, async (client) => {
      await client.query(
        // A landing clears the error and leaves failing_since, so that workers of before this column do as they did.
        `insert into ops.source as known (source, error, error_at, failing_since)
         values ($1, $2, statement_timestamp(), statement_timestamp())
         on conflict (source) do update set error = excluded.error, error_at = excluded.error_at,
           failing_since = case when known.error is null then excluded.failing_since
                                else coalesce(known.failing_since, known.error_at) end`,
        [source, error],
      );
    });
  };
}
