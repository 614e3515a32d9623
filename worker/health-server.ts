import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { ConfigError } from '../model/config.ts';
import type { ListenAddress } from './listen-address.ts';
import { formatAddress } from './listen-address.ts';
import type { Readiness } from './readiness.ts';

export interface HealthServer {
  close(): void;
}

/**
 * Serves /healthz, which returns 200 while the process lives, and /readyz, which returns 200 while the process takes work
 * and otherwise 503 with the reason. Both return JSON. Throws a ConfigError when it cannot listen on the address.
 */
export async function serveHealth(
  address: ListenAddress,
  readiness: () => Promise<Readiness>,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD')
      answer(response, 405, { error: 'Only GET and HEAD are allowed.' });
    else if (path === '/healthz') answer(response, 200, { alive: true });
    else if (path === '/readyz')
      readiness().then(
        (state) => answer(response, state.ready ? 200 : 503, state),
        (error: unknown) => answer(response, 503, { ready: false, reason: String(error), workers: [] }),
      );
    else answer(response, 404, { error: 'Not found. The paths are /healthz and /readyz.' });
  });
  server.listen(address.port, address.host);
  await once(server, 'listening').catch((error: unknown) => {
    throw new ConfigError([
      `Cannot listen on TIDEHOUSE_HEALTH, ${formatAddress(address)} (${(error as NodeJS.ErrnoException).code ?? String(error)}): choose another port, or stop the process that uses it.`,
    ]);
  });
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, code: number, document: object): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(document)}\n`);
}
