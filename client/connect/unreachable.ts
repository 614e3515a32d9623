import { Connection } from '@temporalio/client';
import type { TemporalConnection } from '../../worker/temporal-connection.ts';

const answersWithinMs = 2_000;

/** Nobody was reached at all, so that it cannot be for what was said to them. */
const nobody = /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|Name resolution|Deadline/;

/**
 * What keeps us from Temporal, and what to do, as the end of a sentence that begins with it. Asks once more, for what
 * the SDK throws after its retries tells nothing of the reason.
 */
export async function whyUnreachable({ options }: TemporalConnection): Promise<string> {
  const why = await askOnce(options);
  if (why === undefined || nobody.test(why))
    return `is out of reach${why === undefined ? '' : ` (${why})`}; start it (tidehouse up), or say where it is with TEMPORAL_ADDRESS or in temporal.toml.`;
  if (why === 'wrong version number')
    return `does not speak TLS (${why}); leave TEMPORAL_TLS…, TEMPORAL_API_KEY and tls in temporal.toml out, or set TEMPORAL_TLS=false.`;
  if (options.tls)
    return `and we come to no terms over TLS (${why}); see TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH (who we are), TEMPORAL_TLS_SERVER_CA_CERT_PATH and TEMPORAL_TLS_SERVER_NAME (whom we trust), or tls in temporal.toml.`;
  return `does not take a connection without TLS (${why}); if it wants TLS, say so with TEMPORAL_TLS=true or in temporal.toml.`;
}

async function askOnce(options: TemporalConnection['options']): Promise<string | undefined> {
  const connection = Connection.lazy({ ...options, interceptors: [] });
  try {
    await connection.withDeadline(Date.now() + answersWithinMs, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return undefined;
  } catch (error) {
    return reasonIn((error as { details?: string }).details ?? '');
  } finally {
    await connection.close();
  }
}

/** The reason within what gRPC wraps around it: "No connection established. Last error: Error: … Resolution note: ". */
function reasonIn(details: string): string {
  const last = /Last error: (?:Error(?: \[\w+\])?: )?(.*?)\s*(?:\(\d{4}-\S+Z\))?\. Resolution note/s.exec(
    details,
  )?.[1];
  const reason = /SSL routines:[^:]*:([^:]+)/.exec(last ?? '')?.[1] ?? last ?? details;
  return /^Failed to connect$|ECONNRESET/.test(reason) ? 'it closes the connection' : reason;
}
