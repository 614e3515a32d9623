import type { Client } from 'pg';
import type { Endpoint } from '../../activities/postgres/connect.ts';
import { withConnection } from '../../activities/postgres/connection.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { sourceEndpoint, warehouseEndpoint } from '../../activities/postgres/endpoints.ts';
import type { Context } from '../context/context.ts';
import { expectedFailure } from './expected-failure.ts';

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
    throw expectedFailure(error) ?? error;
  }
}
