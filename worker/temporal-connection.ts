import { existsSync } from 'node:fs';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { ClientConfigProfile, ClientConnectConfig } from '@temporalio/envconfig';
import { ConfigError } from '../model/config.ts';

/**
 * How to reach Temporal, from the settings of the `temporal` CLI: a profile in `temporal.toml`, overridden by TEMPORAL_*
 * variables.
 */
export interface TemporalConnection {
  readonly namespace: string;
  readonly address: string;
  readonly options: ClientConnectConfig['connectionOptions'];
}

/**
 * Reads the connection settings of Temporal. With `file`, the environment is ignored: the file was written together with
 * its servers. Throws a ConfigError, which quotes no secret, when the settings are invalid.
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

/** The error for Temporal settings that cannot be used, such as an invalid certificate. */
export function unusable(error: unknown): ConfigError {
  // Only the first line, because the rest may be an excerpt of the file with an API key in it.
  const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  return new ConfigError([
    `The Temporal connection settings (TEMPORAL_* variables or temporal.toml) cannot be used: ${why}`,
  ]);
}

function load(file: string | undefined): ClientConfigProfile {
  try {
    return loadClientConfigProfile(
      file === undefined ? {} : { configSource: { path: file }, disableEnv: true },
    );
  } catch (error) {
    // This is how envconfig fails on a file without a profile.
    if (error instanceof TypeError)
      throw new Error('the file has no profile: a profile begins with [profile.default]', { cause: error });
    throw error;
  }
}

function readProfile(file: string | undefined): ClientConfigProfile {
  const named = file ?? process.env['TEMPORAL_CONFIG_FILE'];
  // envconfig ignores a missing file, and would connect to a server on this machine instead.
  if (named && !existsSync(named)) throw new Error(`there is no file ${named}`);
  const profile = load(file);
  const { clientCert, clientKey } = profile.tls ?? {};
  // envconfig ignores one without the other.
  if (!clientCert !== !clientKey)
    throw new Error(
      `the client certificate has no ${clientCert ? 'key (TEMPORAL_TLS_CLIENT_KEY_PATH)' : 'certificate for its key (TEMPORAL_TLS_CLIENT_CERT_PATH)'}`,
    );
  const headers = { 'API key': profile.apiKey ?? '', ...profile.grpcMeta };
  // gRPC would quote the value in its error.
  for (const [name, value] of Object.entries(headers))
    if (/[^ -~]/.test(value))
      throw new Error(
        `the ${name} contains a line break or another character that is not allowed in a header`,
      );
  // An empty variable counts as not set; envconfig would take it for a key and connect with TLS.
  const { apiKey, ...others } = profile;
  return apiKey ? profile : others;
}
