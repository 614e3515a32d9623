import { once } from 'node:events';
import { createSecureServer, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { whyUnreachable } from '../../../client/connect/unreachable.ts';
import type { TemporalConnection } from '../../../worker/temporal-connection.ts';
import { certificate, certificateKey } from '../../support/certificate.ts';

const tls = { key: certificateKey, cert: certificate };
const servers: { server: Server; sockets: Set<Socket> }[] = [];

afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  servers.push({ server, sockets });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const why = (address: string, tls?: TemporalConnection['options']['tls']) =>
  whyUnreachable({ address, namespace: 'default', options: { address, ...(tls && { tls }) } });

test('nothing listens there', async () => {
  expect(await why('127.0.0.1:1')).toBe(
    'cannot be reached (connection refused by 127.0.0.1:1). Start it (for a trial: temporal server start-dev), or set its address in TEMPORAL_ADDRESS or temporal.toml.',
  );
  expect(await why('no-such-host.invalid:7233')).toMatch(
    /^cannot be reached \((no such host: |the name server does not answer about )no-such-host/,
  );
});

test('a server that accepts connections and says nothing does not respond', async () => {
  expect(await why(await listen(createServer()))).toContain('cannot be reached (it does not respond)');
});

test('a server without TLS is asked for TLS', async () => {
  expect(await why(await listen(createHttp2Server() as unknown as Server), true)).toMatch(
    /^does not use TLS \(wrong version number\)\. Remove TEMPORAL_TLS/,
  );
});

test('a server with TLS is asked without it', async () => {
  expect(await why(await listen(createSecureServer(tls) as unknown as Server))).toMatch(
    /^refuses a connection without TLS \(.+\)\. Set TEMPORAL_TLS=true/,
  );
});

test('the certificate of the server is not trusted', async () => {
  expect(await why(await listen(createTlsServer({ ...tls, ALPNProtocols: ['h2'] })), true)).toMatch(
    /^cannot be reached: the TLS handshake failed \(self-signed certificate\)\. Check/,
  );
});

test('the server requires a certificate of the client', async () => {
  const server = createTlsServer({ ...tls, ALPNProtocols: ['h2'], requestCert: true });
  server.on('tlsClientError', () => undefined);
  expect(await why(await listen(server), { serverRootCACertificate: Buffer.from(certificate) })).toMatch(
    /^cannot be reached: the TLS handshake failed \(.*certificate required.*\)\. Check the client certificate/,
  );
});
