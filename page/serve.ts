import { once } from 'node:events';
import { createServer } from 'node:http';
import type { PageSources } from './collect/collect.ts';
import { createPage } from './page.ts';
import { pagePolicy } from './render/render.ts';

export interface PageServer {
  readonly url: string;
  close(): void;
}

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': pagePolicy,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  vary: 'accept-encoding',
};

/** Serves the page at `/` of an address, to GET and HEAD only. Throws the error of `listen` when it cannot listen there. */
export async function servePage(
  address: { readonly host: string; readonly port: number },
  sources: PageSources,
): Promise<PageServer> {
  const page = createPage(sources);
  const server = createServer((request, response) => {
    const answer = (code: number, text: string) => {
      response.writeHead(code, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD')
      answer(405, 'This page can only be read: use GET.');
    else if (request.url?.split('?')[0] !== '/') answer(404, 'Not found. The page is at /.');
    else
      page()
        .then(({ text, zipped }) => {
          const zips = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
          const body = zips ? zipped : Buffer.from(text);
          response.writeHead(200, {
            ...headers,
            ...(zips && { 'content-encoding': 'gzip' }),
            'content-length': body.length,
          });
          response.end(request.method === 'HEAD' ? undefined : body);
        })
        .catch((error: unknown) => {
          answer(500, `The page cannot be made: ${error instanceof Error ? error.message : String(error)}`);
        });
  });
  server.listen(address.port, address.host);
  await once(server, 'listening');
  const at = server.address() as { address: string; family: string; port: number };
  return {
    url: `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
