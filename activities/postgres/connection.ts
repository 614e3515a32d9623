import { ApplicationFailure } from '@temporalio/common';
import type { ClientConfig } from 'pg';
import { Client, Pool } from 'pg';
import { parse, toClientConfig } from 'pg-connection-string';
import type { FailureSubject } from '../../model/failure.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { codeOf, postgresFailure } from './errors.ts';
import { watchServerVersion } from './server-version.ts';
import type { Timeouts } from './timeouts.ts';

/** A server: its URL, and the subject of its failures. */
export interface Endpoint {
  readonly subject: FailureSubject;
  readonly url: string;
}

/**
 * Runs `work` with one connection to `endpoint`, and closes it afterwards in any case. Values are the text that Postgres
 * sends: a JavaScript Date would cut microseconds. When `signal` aborts, the connection is cut and `work` fails.
 */
export async function withConnection<T>(
  endpoint: Endpoint,
  timeouts: Timeouts,
  signal: AbortSignal | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new VersionedClient(clientConfig(endpoint, timeouts));
  // Without a listener, a connection that dies while it is being closed would end the process.
  client.on('error', () => undefined);
  const ready = async (connected: Client) => {
    await connected.connect();
    return work(connected);
  };
  try {
    return await useClient(client, endpoint, signal, ready);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A client that knows its server's version; see `serverVersion`. */
class VersionedClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    watchServerVersion(this);
  }
}

/** How long a connection waits for the next activity. */
const idleMs = 2_000;

const pools = new Map<string, Pool>();

/**
 * Like `withConnection`, but keeps the connection for a moment after `work` has succeeded, for the next activity: the
 * activities of a run then share one connection to the warehouse. `work` must leave the session as it found it.
 */
export async function withPooledConnection<T>(
  endpoint: Endpoint,
  timeouts: Timeouts,
  signal: AbortSignal | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const client = await poolOf(endpoint, timeouts)
    .connect()
    .catch((error: unknown) => {
      throw postgresFailure(endpoint.subject, error);
    });
  let reusable = false;
  try {
    const result = await useClient(client, endpoint, signal, work);
    reusable = true;
    return result;
  } finally {
    client.release(!reusable);
  }
}

function poolOf(endpoint: Endpoint, timeouts: Timeouts): Pool {
  const config = clientConfig(endpoint, timeouts);
  const known = pools.get(endpoint.url);
  if (known) return known;
  // Activities never wait for each other's connections: the worker's slots bound their number.
  const pool = new Pool({
    ...config,
    Client: VersionedClient,
    max: Number.MAX_SAFE_INTEGER,
    idleTimeoutMillis: idleMs,
    allowExitOnIdle: true,
  });
  // An idle connection has died: the pool has removed it.
  pool.on('error', () => undefined);
  pools.set(endpoint.url, pool);
  return pool;
}

async function useClient<C extends Client, T>(
  client: C,
  { subject }: Endpoint,
  signal: AbortSignal | undefined,
  work: (client: C) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  // When a connection dies between two statements, only this event has the reason; the next statement's error does not.
  let died: Error | undefined;
  const remember = (error: Error) => (died ??= error);
  const cut = () => {
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  };
  client.on('error', remember);
  signal?.addEventListener('abort', cut, { once: true });
  try {
    return await work(client);
  } catch (error) {
    signal?.throwIfAborted();
    const explained = error instanceof ApplicationFailure || codeOf(error) !== undefined;
    throw postgresFailure(subject, explained ? error : (died ?? error));
  } finally {
    signal?.removeEventListener('abort', cut);
    client.off('error', remember);
  }
}

/** The server and the database of `endpoint`, without its role and password: `db.example.com:5432/analytics`. */
export function serverOf(endpoint: Endpoint): string {
  const { host, port, database } = new Client(parseUrl(endpoint));
  return `${host}:${port}/${database}`;
}

function clientConfig(endpoint: Endpoint, timeouts: Timeouts): ClientConfig {
  return {
    ...parseUrl(endpoint),
    application_name: 'tidehouse',
    connectionTimeoutMillis: timeouts.connectMs,
    keepAlive: true,
    types: { getTypeParser: () => (value: string) => value },
  };
}

function parseUrl(endpoint: Endpoint): ClientConfig {
  try {
    if (!/^postgres(ql)?:/.test(endpoint.url)) throw new Error('of something else');
    // An @ in a URL without a role is part of a password: what follows its # or / would be taken for a host.
    if (new URL(endpoint.url).username === '' && endpoint.url.includes('@')) throw new Error('not encoded');
    return toClientConfig(parse(endpoint.url, { useLibpqCompat: true }));
  } catch (error) {
    // The parser's own message repeats the URL, and with it the password. A file name is not a secret.
    const { code, path } = error as NodeJS.ErrnoException;
    const problem = path
      ? `the file ${path} in its URL cannot be read (${code})`
      : 'its URL is invalid; expected postgres://role:password@host:5432/database, with special characters percent-encoded';
    throw createFailure(
      failureTypes.badConfig,
      { ...endpoint.subject, causes: [{ problem }] },
      { final: true },
    );
  }
}
