import type { ConfigReader } from '../model/config.ts';
import { withConnection } from './connect.ts';
import type { Limits } from './limits.ts';
import { readConfig, warehousePeer } from './peers.ts';

export interface FailureInput {
  readonly source: string;
  readonly error: string;
}

/** Notes in ops what a source's run failed of, for `status` and for whoever asks in SQL; the next landing clears it. */
export function createRecordFailure(reader: ConfigReader, limits: Limits) {
  return async ({ source, error }: FailureInput): Promise<void> => {
    const config = await readConfig(reader);
    await withConnection(await warehousePeer(reader, config), limits, undefined, async (client) => {
      await client.query(
        `insert into ops.source (source, error, error_at) values ($1, $2, clock_timestamp())
         on conflict (source) do update set error = excluded.error, error_at = excluded.error_at`,
        [source, error],
      );
    });
  };
}
