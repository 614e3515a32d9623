import { Client, Connection } from '@temporalio/client';
import type { PageSources } from '../page/collect/collect.ts';
import type { PageServer } from '../page/serve.ts';
import { ConfigError } from '../model/config.ts';
import type { ConfigReader } from '../model/config.ts';
import type { ListenAddress } from './listen-address.ts';
import { formatAddress } from './listen-address.ts';
import type { TemporalConnection } from './temporal-connection.ts';

const connectMs = 3_000;

/** What the page reads, with a connection of its own to Temporal that is made when it is needed, and again after an outage. */
export function openPageSources(
  reader: ConfigReader,
  { options, namespace }: TemporalConnection,
): PageSources & { close(): Promise<void> } {
  const channelArgs = { 'grpc.max_reconnect_backoff_ms': 1_000 };
  const connection = Connection.lazy({ ...options, connectTimeout: connectMs, channelArgs });
  return { reader, temporal: new Client({ connection, namespace }), close: () => connection.close() };
}

/** Serves the page at an address from the environment variable `name`. Throws a ConfigError when it cannot listen there. */
export async function openPage(
  name: string,
  address: ListenAddress,
  reader: ConfigReader,
  where: TemporalConnection,
): Promise<PageServer> {
  const sources = openPageSources(reader, where);
  try {
    const { servePage } = await import('../page/serve.ts');
    const server = await servePage(address, sources);
    return {
      url: server.url,
      close() {
        server.close();
        void sources.close();
      },
    };
  } catch (error) {
    await sources.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ConfigError([
      `Cannot listen on ${name}, ${formatAddress(address)} (${code}): choose another port, or stop the process that uses it.`,
    ]);
  }
}
