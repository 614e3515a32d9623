import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ConfigError } from '../model/config.ts';

/** The address at which a worker serves its health or its metrics. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const example = '127.0.0.1:9464, or 0.0.0.0:9464 for other machines';

/**
 * The address in the environment variable `name`; undefined when it is not set. A host name is an address of this machine,
 * so a worker in several networks can serve in one of them. Throws a ConfigError when it is invalid.
 */
export async function listenAddress(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ListenAddress | undefined> {
  const value = env[name];
  if (!value) return undefined;
  const [, inBrackets, plain, digits] = /^(?:\[([^\]]+)\]|([^:/[\]]+)):(\d{1,5})$/.exec(value) ?? [];
  const port = Number(digits);
  const host = inBrackets ?? (plain === undefined || isIP(plain) === 4 ? plain : await ownAddress(plain));
  if (host && isIP(host) === (inBrackets ? 6 : 4) && port > 0 && port < 65_536) return { host, port };
  throw new ConfigError([
    `${name} is ${JSON.stringify(value)}, which is not an address of this machine to listen on: set an IP address or a host name and a port, for example ${example}, or unset it.`,
  ]);
}

/** The first address of this machine that the name has. It may have others too, of other machines. */
async function ownAddress(hostName: string): Promise<string | undefined> {
  const found = await lookup(hostName, { all: true, family: 4 }).catch(() => []);
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
  return found.map(({ address }) => address).find((address) => own.includes(address));
}

/** The address as host:port. */
export function formatAddress({ host, port }: ListenAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
