import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import type { FailureSubject } from '../../model/failure.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { requireBinding } from './channel-binding.ts';
import { noPassword, noTls, otherServer } from './error-kinds.ts';
import { codeOf } from './errors.ts';
import type { Refusal } from './refusals.ts';
import { failureOfAll } from './refusals.ts';
import { otherState, wantedStates } from './server-state.ts';
import { watchServerVersion } from './server-version.ts';
import type { Timeouts } from './timeouts.ts';
import type { Security } from './tls.ts';
import { securities } from './tls.ts';
import type { Address, PostgresUrl } from './url.ts';
import { InvalidUrl, parseUrl } from './url.ts';
import { socketOf, wireOf } from './wire.ts';

/** A server: its URL, and the subject of its failures. */
export interface Endpoint {
  readonly subject: FailureSubject;
  readonly url: string;
}

/**
 * A new connection to the first server of the endpoint's URL that accepts one and is what `target_session_attrs` asks for.
 * Values are the text that Postgres sends: a JavaScript Date would cut microseconds. Throws one failure with the problem of
 * each server, final when trying again cannot help with any of them.
 */
export async function connect(
  endpoint: Endpoint,
  timeouts: Timeouts,
  signal: AbortSignal | undefined,
): Promise<Client> {
  const url = asConfigured(endpoint, () => parseUrl(endpoint.url));
  const refusals: Refusal[] = [];
  for (const wanted of wantedStates(url)) {
    for (const address of inOrder(url)) {
      const found = await connectTo(endpoint, url, address, timeouts, signal);
      if (found instanceof Client) {
        const mismatch = await otherState(found, wanted);
        if (mismatch === undefined) return found;
        await found.end().catch(() => undefined);
        const error = Object.assign(new Error(mismatch), { code: otherServer });
        refusals.push({ server: serverName(address), error });
      } else refusals.push(...found);
    }
  }
  throw failureOfAll(endpoint.subject, refusals);
}

/** The servers and the database of `endpoint`, without its role and password: `db.example.com:5432/analytics`. */
export function serverOf(endpoint: Endpoint): string {
  const { addresses, parameters } = asConfigured(endpoint, () => parseUrl(endpoint.url));
  return `${addresses.map(serverName).join(',')}/${parameters.dbname ?? parameters.user ?? ''}`;
}

function serverName({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** Tries every security that the URL allows for the address, until one is accepted. */
async function connectTo(
  endpoint: Endpoint,
  url: PostgresUrl,
  address: Address,
  timeouts: Timeouts,
  signal: AbortSignal | undefined,
): Promise<Client | Refusal[]> {
  const server = serverName(address);
  const refusals: Refusal[] = [];
  const ways = asConfigured(endpoint, () => securities(url, address));
  for (const security of ways) {
    const attempt = await tryOnce(clientConfig(url, address, security, timeouts), signal);
    if (attempt instanceof Client) return attempt;
    const way = security ? 'with TLS' : 'without TLS';
    refusals.push({ server, way, error: attempt.error });
    if (!attempt.early) break;
  }
  const offered = refusals.filter(({ error }) => codeOf(error) !== noTls);
  return offered.length > 0 ? offered : refusals;
}

/** One attempt to connect. A server that refused `early`, before it asked who is there, may accept another security. */
async function tryOnce(
  config: ClientConfig,
  signal: AbortSignal | undefined,
): Promise<Client | { readonly error: unknown; readonly early: boolean }> {
  signal?.throwIfAborted();
  const client = new VersionedClient(config);
  // Without a listener, a connection that dies while it is being closed would end the process.
  client.on('error', () => undefined);
  const wire = wireOf(client);
  const socket = wire.stream;
  const server = { hasAsked: false };
  for (const request of ['CleartextPassword', 'MD5Password', 'SASL', 'Ok'])
    wire.once(`authentication${request}`, () => (server.hasAsked = true));
  const binding = config.enableChannelBinding ? requireBinding(wire) : undefined;
  const cut = () => socketOf(client).destroy();
  signal?.addEventListener('abort', cut, { once: true });
  try {
    await client.connect();
    if (binding?.refusal) throw binding.refusal;
    return client;
  } catch (thrown) {
    // The driver leaves it open where it has no password to send.
    cut();
    signal?.throwIfAborted();
    const error = binding?.refusal ?? withoutPassword(thrown);
    // The server answers a request for TLS with one byte; the socket is wrapped when it agrees.
    const refusedTls = config.ssl && socket.bytesRead > 0 && wire.stream === socket;
    return {
      error: refusedTls ? Object.assign(new Error('the server does not offer TLS'), { code: noTls }) : error,
      early: !server.hasAsked && socket.bytesWritten > 0,
    };
  } finally {
    signal?.removeEventListener('abort', cut);
  }
}

/** What the driver throws at a server that asks for a password where there is none, as an error that says so; others unchanged. */
function withoutPassword(error: unknown): unknown {
  if (!/password must be a/.test((error as Error).message)) return error;
  return Object.assign(new Error('the server asks for a password, and its URL has none'), {
    code: noPassword,
  });
}

/** A client that knows its server's version; see `serverVersion`. */
class VersionedClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    watchServerVersion(this);
  }
}

function clientConfig(
  { parameters }: PostgresUrl,
  { host, port }: Address,
  ssl: Security,
  { connectMs }: Timeouts,
): ClientConfig {
  const { user, password, dbname, options, connect_timeout, channel_binding, sslnegotiation } = parameters;
  const seconds = Number(connect_timeout);
  return {
    host,
    port,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(dbname !== undefined && { database: dbname }),
    ...(options !== undefined && { options }),
    ...(channel_binding === 'require' && { enableChannelBinding: true }),
    ...(ssl && sslnegotiation === 'direct' && { sslnegotiation }),
    ssl,
    application_name: 'tidehouse',
    connectionTimeoutMillis: seconds > 0 ? Math.max(2, seconds) * 1_000 : connectMs,
    keepAlive: true,
    types: { getTypeParser: () => (value: string) => value },
  };
}

/** The addresses in the order in which to try them: that of the URL, or any. */
function inOrder({ addresses, parameters }: PostgresUrl): readonly Address[] {
  if (parameters.load_balance_hosts !== 'random') return addresses;
  return addresses
    .map((address) => ({ address, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ address }) => address);
}

function asConfigured<T>(endpoint: Endpoint, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badUrl(endpoint, error);
  }
}

function badUrl({ subject }: Endpoint, error: unknown): Error {
  const { code, path } = error as NodeJS.ErrnoException;
  if (!(error instanceof InvalidUrl) && path === undefined) return error as Error;
  // A file name is not a secret.
  const cause =
    error instanceof InvalidUrl
      ? { problem: error.message, ...(error.advice !== undefined && { advice: error.advice }) }
      : { problem: `the file ${path} of its URL cannot be read (${code})` };
  return createFailure(failureTypes.badConfig, { ...subject, causes: [cause] }, { final: true });
}
