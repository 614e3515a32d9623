import type { Client } from 'pg';
import { wireOf } from './wire.ts';

const versions = new WeakMap<Client, number>();

/** Remembers the version that the server announces to `client`. To be called before it connects. */
export function watchServerVersion(client: Client): void {
  wireOf(client).on('parameterStatus', ({ parameterName, parameterValue = '' }) => {
    if (parameterName === 'server_version') versions.set(client, Number.parseInt(parameterValue));
  });
}

/** The major version of the server, such as 17, without asking it; 0 for a connection that is not watched. */
export function serverVersion(client: Client): number {
  return versions.get(client) ?? 0;
}
