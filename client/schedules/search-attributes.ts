import type { Client } from '@temporalio/client';
import { indexedTypes, readAttributes } from '../../activities/registered-attributes.ts';
import { searchAttributeTypes } from '../../model/search-attributes.ts';

/** What became of the search attributes: those that the namespace has now, and why others are missing. */
export interface Registration {
  readonly registered: readonly string[];
  readonly missing: readonly string[];
  /** Why; absent when none is missing. */
  readonly problem?: string;
}

/**
 * Registers Tidehouse's search attributes in the namespace. Where that is not allowed, runs do without them. Idempotent; one
 * that the namespace has with another type is left alone.
 */
export async function registerSearchAttributes(client: Client): Promise<Registration> {
  const names = Object.keys(searchAttributeTypes);
  const { connection, options } = client;
  let problem: string | undefined;
  let registered: string[] = await readAttributes(client).catch(() => []);
  if (registered.length < names.length)
    try {
      await connection.operatorService.addSearchAttributes({
        namespace: options.namespace,
        searchAttributes: Object.fromEntries(
          Object.entries(searchAttributeTypes)
            .filter(([name]) => !registered.includes(name))
            .map(([name, type]) => [name, indexedTypes[type]]),
        ),
      });
      registered = await readAttributes(client);
    } catch (error) {
      const { details, message } = error as { details?: string; message?: string };
      problem = details ?? message ?? String(error);
    }
  const missing = names.filter((name) => !registered.includes(name));
  return {
    registered,
    missing,
    ...(missing.length > 0 && { problem: problem ?? 'the namespace has them with another type' }),
  };
}

/** The sentence about search attributes that are missing; undefined when none is. */
export function missingSentence({ missing, problem }: Registration): string | undefined {
  if (missing.length === 0) return undefined;
  return `Temporal's list of runs cannot be searched by ${missing.join(', ')}: ${problem}. Runs do without them; see docs/operate.md.`;
}
