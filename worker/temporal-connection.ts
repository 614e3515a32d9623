import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Where Temporal is, as the `temporal` CLI would find it: a profile in `temporal.toml`, and TEMPORAL_* variables over it. */
export interface TemporalConnection {
  readonly namespace: string;
  readonly address: string;
  readonly options: NonNullable<ReturnType<typeof loadClientConnectConfig>['connectionOptions']>;
}

/** Reads it. With `file`, only that file counts: it belongs to the servers that wrote it, whatever the environment says. */
export function temporalConnection(file?: string): TemporalConnection {
  const { namespace, connectionOptions } = loadClientConnectConfig(
    file === undefined ? {} : { configSource: { path: file }, disableEnv: true },
  );
  return {
    namespace: namespace ?? 'default',
    address: connectionOptions.address ?? 'localhost:7233',
    options: connectionOptions,
  };
}
