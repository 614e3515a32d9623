import { ApplicationFailure } from '@temporalio/common';
import { Client } from 'pg';
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
  signal?.throwIfAborted();
  const client = new Client({
    ...clientConfig(endpoint),
    application_name: 'tidehouse',
    connectionTimeoutMillis: timeouts.connectMs,
    keepAlive: true,
    types: { getTypeParser: () => (value: string) => value },
  });
  watchServerVersion(client);
  // When a connection dies between two statements, only this event has the reason; the next statement's error does not.
  let died: Error | undefined;
  client.on('error', (error) => (died ??= error));
  const cut = () => {
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  };
  signal?.addEventListener('abort', cut, { once: true });
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    signal?.throwIfAborted();
    const explained = error instanceof ApplicationFailure || codeOf(error) !== undefined;
    throw postgresFailure(endpoint.subject, explained ? error : (died ?? error));
  } finally {
    signal?.removeEventListener('abort', cut);
    await client.end().catch(() => undefined);
  }
}

function clientConfig(endpoint: Endpoint) {
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
