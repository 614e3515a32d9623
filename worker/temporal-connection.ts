import { existsSync } from 'node:fs';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { ClientConfigProfile, ClientConnectConfig } from '@temporalio/envconfig';
import { ConfigError } from '../model/config.ts';

/** Where Temporal is, as the `temporal` CLI would find it: a profile in `temporal.toml`, and TEMPORAL_* variables over it. */
export interface TemporalConnection {
  readonly namespace: string;
  readonly address: string;
  readonly options: ClientConnectConfig['connectionOptions'];
}

/**
 * Reads it. With `file`, only that file counts: it belongs to the servers that wrote it, whatever the environment says.
 * Throws a ConfigError when its settings make no sense, which quotes no secret.
 */
export function temporalConnection(file?: string): TemporalConnection {
  try {
    const profile = readProfile(file);
    const { namespace, connectionOptions } = toClientOptions(profile);
    return {
      namespace: namespace ?? 'default',
      address: connectionOptions.address ?? 'localhost:7233',
      options: connectionOptions,
    };
  } catch (error) {
    throw unusable(error);
  }
}

/** Says of settings that could be read, but not be used, what is wrong with them. */
export function unusable(error: unknown): ConfigError {
  // Only the first line: what follows may be an excerpt of the file, with an API key in it.
  const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  return new ConfigError([
    `The settings that say where Temporal is (TEMPORAL_* variables or temporal.toml) cannot be used: ${why}`,
  ]);
}

function load(file: string | undefined): ClientConfigProfile {
  try {
    return loadClientConfigProfile(
      file === undefined ? {} : { configSource: { path: file }, disableEnv: true },
    );
  } catch (error) {
    // What envconfig makes of a file in which there is none.
    if (error instanceof TypeError)
      throw new Error('the file holds no profile, which begins with [profile.default]', { cause: error });
    throw error;
  }
}

function readProfile(file: string | undefined): ClientConfigProfile {
  const named = file ?? process.env['TEMPORAL_CONFIG_FILE'];
  // It would be passed over, and the server of this machine asked instead of the one that was meant.
  if (named && !existsSync(named)) throw new Error(`there is no file ${named}`);
  const profile = load(file);
  const { clientCert, clientKey } = profile.tls ?? {};
  // The one would be passed over without the other.
  if (!clientCert !== !clientKey)
    throw new Error(
      `the client certificate has no ${clientCert ? 'key (TEMPORAL_TLS_CLIENT_KEY_PATH)' : 'certificate to its key (TEMPORAL_TLS_CLIENT_CERT_PATH)'}`,
    );
  const headers = { 'API key': profile.apiKey ?? '', ...profile.grpcMeta };
  // gRPC would quote it in its error.
  for (const [name, value] of Object.entries(headers))
    if (/[^ -~]/.test(value))
      throw new Error(`the ${name} holds a line break or another character that no header may hold`);
  // An empty variable is none; envconfig would take it for a key, and have us speak TLS.
  const { apiKey, ...others } = profile;
  return apiKey ? profile : others;
}
