import type { Client } from 'pg';
import type { CopyToStreamQuery } from 'pg-copy-streams';

/**
 * How many rows a COPY to stdout has sent; to be called when its stream has ended. The server says so after the rows, and the
 * network may bring it later than them: then the next statement waits for it.
 */
export async function sentRows(client: Client, sent: CopyToStreamQuery): Promise<number> {
  if (sent.rowCount === 0) await client.query('select');
  return sent.rowCount;
}
