import { Client, Connection } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { TemporalConnection } from '../../worker/temporal-connection.ts';
import { temporalConnection, unusable } from '../../worker/temporal-connection.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import type { FoundConfig } from '../context/find-config.ts';
import { grpc, grpcStatus } from './grpc-status.ts';
import { whyUnreachable } from './unreachable.ts';

const connectMs = 5_000;

/** After an outage, commands try to reconnect every second; by default gRPC would wait up to two minutes. */
const channelArgs = { 'grpc.max_reconnect_backoff_ms': 1_000 };

/** The Temporal connection for commands that use the config `found`. Throws a ConfigError when the settings are invalid. */
export function temporalFor({ up }: FoundConfig): TemporalConnection {
  return temporalConnection(up?.temporalFile);
}

/**
 * Runs `work` with a client and closes its connection afterwards. Throws a CommandFailure when Temporal cannot be reached
 * or denies the request, and a ConfigError when a certificate is invalid.
 */
export async function withTemporal<T>(
  where: TemporalConnection,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = open(where);
  let connected = false;
  try {
    await connection.ensureConnected();
    connected = true;
    return await work(
      new Client({ connection, namespace: where.namespace, workflow: { queryRejectCondition: 'NOT_OPEN' } }),
    );
  } catch (error) {
    throw await explain(where, error, connected);
  } finally {
    await connection.close();
  }
}

function open({ options }: TemporalConnection): Connection {
  try {
    return Connection.lazy({ ...options, connectTimeout: connectMs, channelArgs });
  } catch (error) {
    throw unusable(error);
  }
}

async function explain(where: TemporalConnection, error: unknown, connected: boolean): Promise<unknown> {
  const { address, namespace } = where;
  const status = grpcStatus(error);
  const failure = (problem: string) =>
    new CommandFailure(exitCodes.unreachable, `Temporal at ${address} ${problem}`, { cause: error });
  if (error instanceof NamespaceNotFoundError || status === grpc.notFound)
    return failure(`has no namespace "${namespace}". Create it, or set TEMPORAL_NAMESPACE to another one.`);
  if (status === grpc.permissionDenied || status === grpc.unauthenticated)
    return failure(
      `denies access to namespace "${namespace}". Check the API key or client certificate in the TEMPORAL_* variables or temporal.toml, and its permissions there.`,
    );
  if (status === grpc.unavailable || status === grpc.deadlineExceeded || !connected)
    return failure(await whyUnreachable(where));
  return error;
}
