import { ApplicationFailure } from '@temporalio/common';
import type { Client } from 'pg';
import { codeOf, withConnection } from '../../activities/postgres/connection.ts';
import { defaultLimits } from '../../activities/postgres/timeouts.ts';
import { warehousePeer } from '../../activities/postgres/endpoints.ts';
import { failures } from '../../model/failure-types.ts';
import type { Context } from '../context/context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  [failures.badConfig]: exitCodes.wrong,
  [failures.unavailable]: exitCodes.outOfReach,
};

/** Runs `work` with a connection to the warehouse. What goes wrong with it is told as a CommandFailure. */
export async function withWarehouse<T>(
  { reader, config }: Context,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    const peer = await warehousePeer(reader, config);
    return await withConnection(peer, { ...defaultLimits, connectMs: 5_000 }, undefined, work);
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
