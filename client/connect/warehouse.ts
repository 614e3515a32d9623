import { ApplicationFailure } from '@temporalio/common';
import type { Client } from 'pg';
import { withConnection } from '../../activities/postgres/connection.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { warehouseEndpoint } from '../../activities/postgres/endpoints.ts';
import { failureTypes } from '../../model/failure.ts';
import type { Context } from '../context/context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  [failureTypes.badConfig]: exitCodes.invalid,
  [failureTypes.unavailable]: exitCodes.unreachable,
};

/** Runs `work` with a connection to the warehouse. Its failures are thrown as CommandFailures. */
export async function withWarehouse<T>(
  { reader, config }: Context,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    const endpoint = await warehouseEndpoint(reader, config);
    return await withConnection(endpoint, { ...defaultTimeouts, connectMs: 5_000 }, undefined, work);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const message = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    throw new CommandFailure(exitCodeOf[error.type ?? ''] ?? exitCodes.failed, message, { cause: error });
  }
}
