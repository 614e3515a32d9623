import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { freePort, freePorts, isFree } from '../../../local/process/free-port.ts';

test('the preferred port is kept while it is free, and replaced when it is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await isFree(port)).toBe(false);
  const other = await freePort(port);
  expect(other).not.toBe(port);
  server.close();
  await once(server, 'close');
  expect(await freePort(port)).toBe(port);
});

test('several ports differ', async () => {
  const ports = Object.values(await freePorts({ a: undefined, b: undefined, c: undefined }));
  expect(new Set(ports).size).toBe(3);
});
