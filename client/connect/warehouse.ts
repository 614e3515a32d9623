import { ApplicationFailure } from '@temporalio/common';
import type { Client } from 'pg';
import { withConnection } from '../../activities/postgres/connection.ts';
import { codeOf } from '../../activities/postgres/errors.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { warehouseEndpoint } from '../../activities/postgres/endpoints.ts';
import { failureTypes } from '../../model/failure.ts';
import type { Context } from '../context/context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  [failureTypes.badConfig]: exitCodes.wrong,
  [failureTypes.unavailable]: exitCodes.outOfReach,
};

/** Runs `work` with a connection to the warehouse. What goes wrong with it is told as a CommandFailure. */
export async function withWarehouse<T>(
  { reader, config }: Context,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    const endpoint = await warehouseEndpoint(reader, config);
    return await withConnection(endpoint, { ...defaultTimeouts, connectMs: 5_000 }, undefined, work);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    if (/^(3F000|42P01)$/.test(codeOf(error.cause) ?? ''))
      throw new CommandFailure(
        exitCodes.failed,
        'The warehouse does not have the tables of Tidehouse yet; make them with: tidehouse migrate',
      );
    const message = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    throw new CommandFailure(exitCodeOf[error.type ?? ''] ?? exitCodes.failed, message, { cause: error });
  }
}
