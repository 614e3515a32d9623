import { Client, Connection } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { TemporalConnection } from '../../worker/temporal-connection.ts';
import { temporalConnection, unusable } from '../../worker/temporal-connection.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import type { FoundConfig } from '../context/find-config.ts';
import { grpc, grpcStatus } from './grpc-status.ts';
import { whyUnreachable } from './unreachable.ts';

const connectMs = 5_000;

/** After an outage a command looks again each second; the default would have it wait up to two minutes. */
const channelArgs = { 'grpc.max_reconnect_backoff_ms': 1_000 };

/** Where Temporal is for commands that work with `found`. Throws a ConfigError when its settings make no sense. */
export function temporalFor({ up }: FoundConfig): TemporalConnection {
  return temporalConnection(up?.temporalFile);
}

/**
 * Runs `work` with a client and closes its connection afterwards. What Temporal refuses is told as a CommandFailure, a
 * certificate that is none as a ConfigError.
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
    throw await explained(where, error, connected);
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

async function explained(where: TemporalConnection, error: unknown, connected: boolean): Promise<unknown> {
  const { address, namespace } = where;
  const status = grpcStatus(error);
  const say = (what: string) =>
    new CommandFailure(exitCodes.outOfReach, `Temporal at ${address} ${what}`, { cause: error });
  if (error instanceof NamespaceNotFoundError || status === grpc.notFound)
    return say(`has no namespace "${namespace}"; create it, or name another with TEMPORAL_NAMESPACE.`);
  if (status === grpc.permissionDenied || status === grpc.unauthenticated)
    return say(
      `refuses us in namespace "${namespace}"; see its API key or client certificate in the TEMPORAL_* variables or temporal.toml, and what it may do there.`,
    );
  if (status === grpc.unavailable || status === grpc.deadlineExceeded || !connected)
    return say(await whyUnreachable(where));
  return error;
}
