import { ApplicationFailure } from '@temporalio/activity';
import { isNativeError } from 'node:util/types';
import { Client } from 'pg';
import { parse, toClientConfig } from 'pg-connection-string';
import { failures } from '../../model/failure-types.ts';
import type { Limits } from './timeouts.ts';

/** One server as people know it, for messages: `source "project_a"` or `the warehouse`. */
export interface Peer {
  readonly says: string;
  readonly url: string;
  /** What to do when it lacks a relation that every one must have. */
  readonly ifBare?: string;
}

/**
 * Runs `work` with one connection to `peer` and closes it afterwards, whatever happened. Values come as the text that
 * Postgres sends: a JavaScript Date would cut microseconds. When `signal` aborts, the connection is cut and `work` fails.
 */
export async function withConnection<T>(
  peer: Peer,
  limits: Limits,
  signal: AbortSignal | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const client = new Client({
    ...clientConfig(peer),
    application_name: 'tidehouse',
    connectionTimeoutMillis: limits.connectMs,
    keepAlive: true,
    types: { getTypeParser: () => (value: string) => value },
  });
  // A connection that dies between two statements says why here; the next statement can only tell that it is gone.
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
    const told = error instanceof ApplicationFailure || codeOf(error) !== undefined;
    throw postgresFailure(peer, told ? error : (died ?? error));
  } finally {
    signal?.removeEventListener('abort', cut);
    await client.end().catch(() => undefined);
  }
}

function clientConfig(peer: Peer) {
  try {
    if (!/^postgres(ql)?:/.test(peer.url)) throw new Error('of something else');
    // An @ without a role before it stood in a password: what follows a # or / in it would be taken for a host.
    if (new URL(peer.url).username === '' && peer.url.includes('@')) throw new Error('not encoded');
    return toClientConfig(parse(peer.url, { useLibpqCompat: true }));
  } catch (error) {
    // The parser's own message repeats the URL, and with it the password. A file's name is none.
    const { code, path } = error as NodeJS.ErrnoException;
    const why = path
      ? `the file ${path} that its URL names cannot be read (${code})`
      : 'its URL cannot be read; it has the form postgres://role:password@host:5432/database, with special characters percent-encoded';
    throw ApplicationFailure.create({
      type: failures.badConfig,
      message: `${peer.says}: ${why}.`,
      nonRetryable: true,
    });
  }
}

interface PostgresError extends Error {
  readonly code: string;
  readonly where?: string;
  readonly table?: string;
}

/** The SQLSTATE of a Postgres error, or the code of a network error; `undefined` for anything else. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as Partial<PostgresError> | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** What people can do about it, by SQLSTATE or class of it. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/^28/, 'its role or password is refused; correct the URL in the config or the secret that it names'],
  [/^3D000/, 'the database in its URL does not exist'],
  [/^42501/, 'grant its role what it lacks'],
  [
    // No code at all: it did not answer, hung up, or speaks no Postgres.
    /^(|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE|08...)$/,
    'see whether it is up and can be reached',
  ],
  [/^22/, "correct the value, or its column's type, at the source"],
  [/^57P0[123]/, 'it is shutting down or starting; this is tried again'],
  [/^53100/, 'its disk is full; make room'],
  [/^53300/, 'it has no connection left; raise max_connections or end some'],
  [/^55P03/, 'somebody holds a lock on it; see pg_locks'],
  [/^57014/, 'the statement took too long'],
  [/^25P03/, 'this worker stood still for longer than a transaction may; it is tried again'],
  [/^40/, 'this is tried again'],
];

/**
 * `error` as a failure that says which server, what happened, and what to do. Wrong config, privileges, names and
 * values are final; all else passes and is tried again. A failure that is one already stays as it is.
 */
export function postgresFailure(peer: Peer, error: unknown): Error {
  if (error instanceof ApplicationFailure) return error;
  if (!isNativeError(error)) return new Error(String(error));
  // The driver throws codes or plain Errors; whatever has a class of its own is a bug or a refusal of ours.
  if (codeOf(error) === undefined && error.constructor !== Error) return error;
  const code = codeOf(error) ?? '';
  const what = [error.message || code, (error as PostgresError).where?.split('\n')[0]]
    .filter(Boolean)
    .join(', ');
  const bare = /^(3F000|42P01)$/.test(code) ? peer.ifBare : undefined;
  const todo = bare ?? advice.find(([pattern]) => pattern.test(code))?.[1];
  return ApplicationFailure.create({
    type: /^(22|23|42)/.test(code) ? failures.cannotLand : failures.unavailable,
    message: `${peer.says}: ${what}${todo ? `; ${todo}` : ''}.`,
    nonRetryable: /^(22|23|28|3D|42)/.test(code),
    cause: error,
  });
}
