import { isIP } from 'node:net';
import { ConfigError } from '../model/config.ts';

/** The address at which a worker serves its health or its metrics. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const example = '127.0.0.1:9464, or 0.0.0.0:9464 for other machines';

/** The address in the environment variable `name`; undefined when it is not set. Throws a ConfigError when it is invalid. */
export function listenAddress(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): ListenAddress | undefined {
  const value = env[name];
  if (!value) return undefined;
  const [, inBrackets, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(value) ?? [];
  const host = plain === 'localhost' ? '127.0.0.1' : (inBrackets ?? plain ?? '');
  const port = Number(digits);
  if (isIP(host) === (inBrackets ? 6 : 4) && port > 0 && port < 65_536) return { host, port };
  throw new ConfigError([
    `${name} is ${JSON.stringify(value)}, which is not an address to listen on: set an IP address and a port, for example ${example}, or unset it.`,
  ]);
}

/** The address as host:port. */
export function formatAddress({ host, port }: ListenAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
