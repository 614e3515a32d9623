import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { searchAttributeTypes } from '../model/search-attributes.ts';

const keptMs = 60_000;
const patienceMs = 2_000;

const kept = new WeakMap<Client, { readonly at: number; readonly names: Promise<string[]> }>();

/**
 * The names of Tidehouse's search attributes that the namespace has, asked at most once a minute. None where Temporal does
 * not say: runs do without them.
 */
export function registeredAttributes(): Promise<string[]> {
  const client = workerClient();
  if (!client) return Promise.resolve([]);
  const known = kept.get(client);
  if (known && Date.now() - known.at < keptMs) return known.names;
  const names = readAttributes(client).catch(() => []);
  kept.set(client, { at: Date.now(), names });
  return names;
}

/** The names of Tidehouse's search attributes that the namespace has with the type that they need. */
export async function readAttributes({ connection, options }: Client): Promise<string[]> {
  const { customAttributes } = await connection.withDeadline(Date.now() + patienceMs, () =>
    connection.operatorService.listSearchAttributes({ namespace: options.namespace }),
  );
  return Object.entries(searchAttributeTypes)
    .filter(([name, type]) => Number(customAttributes[name]) === indexedTypes[type])
    .map(([name]) => name);
}

/** The protocol's numbers of the types; the package with the enum is not a direct dependency. */
export const indexedTypes = { KEYWORD: 2, INT: 3 } as const;

/** Absent in tests without a worker. */
function workerClient(): Client | undefined {
  try {
    return Context.current().client;
  } catch {
    return undefined;
  }
}
