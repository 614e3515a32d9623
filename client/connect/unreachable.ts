import { Connection } from '@temporalio/client';
import type { TemporalConnection } from '../../worker/temporal-connection.ts';

const answersWithinMs = 2_000;

/** Errors without any response from a server, so the TLS settings cannot be the reason. */
const noAnswer = /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|Name resolution|Deadline/;

/**
 * Why Temporal cannot be used, and what to do, as the rest of a sentence that begins with "Temporal at …". Sends one more
 * request, because the SDK's error after its retries does not contain the reason.
 */
export async function whyUnreachable({ options }: TemporalConnection): Promise<string> {
  const why = await requestOnce(options);
  if (why === undefined || noAnswer.test(why))
    return `cannot be reached${why === undefined ? '' : ` (${why})`}. Start it (tidehouse up), or set its address in TEMPORAL_ADDRESS or temporal.toml.`;
  if (why === 'wrong version number')
    return `does not use TLS (${why}). Remove TEMPORAL_TLS…, TEMPORAL_API_KEY and tls in temporal.toml, or set TEMPORAL_TLS=false.`;
  if (options.tls)
    return `cannot be reached: the TLS handshake failed (${why}). Check the client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH) and the trusted server (TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_SERVER_NAME), or tls in temporal.toml.`;
  return `refuses a connection without TLS (${why}). If it requires TLS, set TEMPORAL_TLS=true or tls in temporal.toml.`;
}

async function requestOnce(options: TemporalConnection['options']): Promise<string | undefined> {
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

/** The reason in gRPC's text: "No connection established. Last error: Error: … Resolution note: ". */
function reasonIn(details: string): string {
  const last = /Last error: (?:Error(?: \[\w+\])?: )?(.*?)\s*(?:\(\d{4}-\S+Z\))?\. Resolution note/s.exec(
    details,
  )?.[1];
  const reason = /SSL routines:[^:]*:([^:]+)/.exec(last ?? '')?.[1] ?? last ?? details;
  return /^Failed to connect$|ECONNRESET/.test(reason) ? 'it closed the connection' : reason;
}
