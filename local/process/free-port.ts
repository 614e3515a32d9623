import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';

/** A free port on 127.0.0.1: `preferred` if it is free, otherwise any. */
export async function freePort(preferred?: number): Promise<number> {
  return (await freePorts({ port: preferred })).port;
}

/** A free port on 127.0.0.1 for each name, all different: the preferred one if it is free, otherwise any. */
export async function freePorts<Name extends string>(
  preferred: Readonly<Record<Name, number | undefined>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(preferred) as Name[];
  const held = new Map<Name, Server>();
  try {
    for (const name of names) {
      const port = preferred[name];
      const server = port === undefined ? undefined : await listen(port);
      if (server) held.set(name, server);
    }
    for (const name of names) if (!held.has(name)) held.set(name, (await listen(0))!);
    return Object.fromEntries(
      [...held].map(([name, server]) => [name, (server.address() as AddressInfo).port]),
    ) as Record<Name, number>;
  } finally {
    await Promise.all([...held.values()].map((server) => close(server)));
  }
}

/** Whether the port on 127.0.0.1 is free. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server) await close(server);
  return server !== undefined;
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (port !== 0 && (code === 'EADDRINUSE' || code === 'EACCES')) return undefined;
    throw error;
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
