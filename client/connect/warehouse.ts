import { ApplicationFailure } from '@temporalio/common';
import type { Client } from 'pg';
import type { Endpoint } from '../../activities/postgres/connect.ts';
import { withConnection } from '../../activities/postgres/connection.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { sourceEndpoint, warehouseEndpoint } from '../../activities/postgres/endpoints.ts';
import { failureTypes } from '../../model/failure.ts';
import type { Context } from '../context/context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  [failureTypes.badConfig]: exitCodes.invalid,
  [failureTypes.unavailable]: exitCodes.unreachable,
};

/** Runs `work` with a connection to the warehouse. Its failures are thrown as CommandFailures. */
export function withWarehouse<T>(
  { reader, config }: Context,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  return withEndpoint(warehouseEndpoint(reader, config), work);
}

/** Like `withWarehouse`, with a connection to a source. */
export function withSource<T>(
  { reader, config }: Context,
  source: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  return withEndpoint(sourceEndpoint(reader, config, source), work);
}

async function withEndpoint<T>(
  endpoint: Promise<Endpoint>,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    return await withConnection(await endpoint, { ...defaultTimeouts, connectMs: 5_000 }, undefined, work);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const message = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    throw new CommandFailure(exitCodeOf[error.type ?? ''] ?? exitCodes.failed, message, { cause: error });
  }
}
