import type { Client } from 'pg';

/**
 * Sends the statements that `work` starts without waiting for the result of one before the next is sent: together they cost
 * one round trip. They run in their order, and may be pipelined by parts. Throws the error of the first that failed, after
 * all have ended.
 */
export async function pipelined<T extends readonly unknown[]>(
  client: Client,
  work: () => { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  // Only now: COPY is not possible on a connection in pipeline mode. pg reads the property before each statement.
  const mode = client as { pipeline: boolean };
  const within = mode.pipeline;
  mode.pipeline = true;
  try {
    const results = await Promise.allSettled<unknown>(work());
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
    return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
  } finally {
    mode.pipeline = within;
  }
}
