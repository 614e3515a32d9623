import { ApplicationFailure } from '@temporalio/common';
import type { Client } from 'pg';
import type { Endpoint } from './connect.ts';
import { connect } from './connect.ts';
import { codeOf, postgresFailure } from './errors.ts';
import type { Timeouts } from './timeouts.ts';
import { socketOf } from './wire.ts';

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
  const client = await connect(endpoint, timeouts, signal);
  try {
    return await useClient(client, endpoint, signal, work);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** How long a connection waits for the next activity. */
const idleMs = 2_000;

/** Connections that wait for the next activity, by URL. They keep no process alive. */
const idle = new Map<string, Set<Waiting>>();

interface Waiting {
  readonly client: Client;
  readonly stop: () => void;
}

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
  const client = takeIdle(endpoint.url) ?? (await connect(endpoint, timeouts, signal));
  try {
    const result = await useClient(client, endpoint, signal, work);
    keepIdle(endpoint.url, client);
    return result;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

function takeIdle(url: string): Client | undefined {
  const [waiting] = idle.get(url) ?? [];
  if (!waiting) return undefined;
  waiting.stop();
  socketOf(waiting.client).ref();
  return waiting.client;
}

function keepIdle(url: string, client: Client): void {
  const others = idle.get(url) ?? new Set();
  const waiting = {
    client,
    stop: () => {
      others.delete(waiting);
      clearTimeout(timer);
      client.off('end', waiting.stop);
    },
  };
  const timer = setTimeout(() => {
    waiting.stop();
    void client.end().catch(() => undefined);
  }, idleMs).unref();
  client.on('end', waiting.stop);
  socketOf(client).unref();
  idle.set(url, others.add(waiting));
}

async function useClient<T>(
  client: Client,
  { subject }: Endpoint,
  signal: AbortSignal | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  // When a connection dies between two statements, only this event has the reason; the next statement's error does not.
  let died: Error | undefined;
  const remember = (error: Error) => (died ??= error);
  const cut = () => socketOf(client).destroy();
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
