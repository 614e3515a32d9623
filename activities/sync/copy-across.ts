import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { sentRows } from '../postgres/sent-rows.ts';
import { socketOf } from '../postgres/wire.ts';

/** The side of a connection on which rows are read or written. */
interface Side {
  readonly client: Client;
  /** A COPY statement, to stdout or from stdin. */
  readonly copy: string;
}

/** Thrown when the server that is to take the rows has refused them; `cause` is its error, unless it only took fewer. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused';
}

/**
 * Copies what one server sends to another as it comes, in constant memory, and returns the number of rows that both have counted.
 * Throws the error of the server that sends, and CopyRefused for one of the server that takes, where the connection to the
 * sender is cut, in the middle of its COPY, and where a trigger left out rows. `watch` sees each chunk.
 */
export async function copyAcross(
  from: Side,
  into: Side,
  watch: (chunk: Buffer) => void,
  signal: AbortSignal,
): Promise<number> {
  const sent = from.client.query(copyTo(from.copy));
  const taken = into.client.query(copyFrom(into.copy));
  let failed: 'sender' | 'taker' | undefined;
  sent.once('error', () => (failed ??= 'sender'));
  taken.once('error', () => (failed ??= 'taker'));
  try {
    await pipeline(sent.on('data', watch), taken, { signal });
  } catch (error) {
    if (failed !== 'taker') throw error;
    socketOf(from.client).destroy();
    throw new CopyRefused('the rows were refused', { cause: error });
  }
  const rowCount = await sentRows(from.client, sent);
  if (rowCount !== taken.rowCount)
    throw new CopyRefused(`${rowCount} rows were sent, but ${taken.rowCount} were taken`);
  return rowCount;
}
