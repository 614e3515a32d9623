import { Client, Connection } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { TemporalConnection } from '../worker/temporal-connection.ts';
import { temporalConnection } from '../worker/temporal-connection.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import type { FoundConfig } from './find-config.ts';
import { grpc, grpcStatus } from './grpc-status.ts';

const connectMs = 5_000;

/** After an outage a command looks again each second; the default would have it wait up to two minutes. */
const channelArgs = { 'grpc.max_reconnect_backoff_ms': 1_000 };

/** Where Temporal is for commands that work with `found`. Throws a CommandFailure when its settings make no sense. */
export function temporalFor({ up }: FoundConfig): TemporalConnection {
  try {
    return temporalConnection(up?.temporalFile);
  } catch (error) {
    // Only the first line: what follows may be an excerpt of the file, with an API key in it.
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    throw new CommandFailure(
      exitCodes.wrong,
      `The settings that say where Temporal is (TEMPORAL_* variables or temporal.toml) cannot be read: ${why}`,
    );
  }
}

/** Runs `work` with a client and closes its connection afterwards. What Temporal refuses is told as a CommandFailure. */
export async function withTemporal<T>(
  where: TemporalConnection,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ ...where.options, connectTimeout: connectMs, channelArgs });
    return await work(
      new Client({ connection, namespace: where.namespace, workflow: { queryRejectCondition: 'NOT_OPEN' } }),
    );
  } catch (error) {
    throw explained(where, error, connection !== undefined);
  } finally {
    await connection?.close();
  }
}

function explained({ address, namespace }: TemporalConnection, error: unknown, connected: boolean): unknown {
  const status = grpcStatus(error);
  const say = (what: string) =>
    new CommandFailure(exitCodes.outOfReach, `Temporal at ${address} ${what}`, { cause: error });
  if (error instanceof NamespaceNotFoundError || status === grpc.notFound)
    return say(`has no namespace "${namespace}"; create it, or name another with TEMPORAL_NAMESPACE.`);
  if (status === grpc.permissionDenied || status === grpc.unauthenticated)
    return say(
      'refuses us; see its API key or client certificate in the TEMPORAL_* variables or temporal.toml.',
    );
  if (status === grpc.unavailable || status === grpc.deadlineExceeded || !connected)
    return say(
      'is out of reach; start it (tidehouse up), or say where it is with TEMPORAL_ADDRESS or in temporal.toml.',
    );
  return error;
}
