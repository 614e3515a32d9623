import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A server that a URL names. */
export interface Address {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** The name that the certificate has, where `host` is its `hostaddr`. */
  readonly name?: string;
}

/** A Postgres URL in parts. */
export interface PostgresUrl {
  /** The servers in the order of the URL: at least one. */
  readonly addresses: readonly Address[];
  /** The parameters by libpq's names, `user`, `password` and `dbname` included. */
  readonly parameters: Readonly<Partial<Record<Parameter, string>>>;
}

/** A URL that cannot be used. Its text repeats nothing that may be a part of a password. */
export class InvalidUrl extends Error {
  readonly advice: string | undefined;
  constructor(problem: string, advice?: string) {
    super(problem);
    this.advice = advice;
  }
}

/** The parameters of libpq (https://www.postgresql.org/docs/current/libpq-connect.html) that have an effect here. */
const used = [
  ...['user', 'password', 'dbname', 'host', 'port', 'hostaddr', 'options', 'connect_timeout'],
  ...['target_session_attrs', 'load_balance_hosts', 'service', 'servicefile', 'channel_binding'],
  ...['sslmode', 'sslnegotiation', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword'],
  ...['ssl_min_protocol_version', 'ssl_max_protocol_version'],
] as const;

/** Those that it also knows: Tidehouse decides them itself, or they cannot matter to it. */
const known = [
  ...['application_name', 'fallback_application_name', 'client_encoding', 'keepalives', 'keepalives_idle'],
  ...[
    'keepalives_interval',
    'keepalives_count',
    'tcp_user_timeout',
    'sslcompression',
    'sslsni',
    'requirepeer',
  ],
  ...['gssencmode', 'gsslib', 'gssdelegation', 'krbsrvname', 'min_protocol_version', 'max_protocol_version'],
];

type Parameter = (typeof used)[number];

/** What takes the place of parameters that psql knows and Tidehouse does not. */
const instead: Readonly<Record<string, string>> = {
  passfile: 'Name the file in the environment variable PGPASSFILE instead.',
};

/** The parameters that the environment may have, for all servers alike. */
const environmental = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  channel_binding: 'PGCHANNELBINDING',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  load_balance_hosts: 'PGLOADBALANCEHOSTS',
} as const satisfies Partial<Record<Parameter, string>>;

/** The values of the parameters that have few, the default first. */
const choices: Readonly<Record<string, readonly string[]>> = {
  sslmode: ['prefer', 'disable', 'allow', 'require', 'verify-ca', 'verify-full'],
  target_session_attrs: ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'],
  load_balance_hosts: ['disable', 'random'],
  channel_binding: ['prefer', 'disable', 'require'],
  sslnegotiation: ['postgres', 'direct'],
};

const form = 'expected postgres://role:password@host:5432/database, with special characters percent-encoded';

/**
 * The parts of `url`, as libpq understands it: several hosts, percent-encoded names, parameters, a service of
 * `~/.pg_service.conf`, and what it leaves out from the environment. Throws an InvalidUrl.
 */
export function parseUrl(url: string): PostgresUrl {
  const match =
    /^postgres(?:ql)?:\/\/(?:([^/@?:]*)(?::([^/@]*))?@)?([^/?@]*)(?:\/([^?@]*))?(?:\?(.*))?$/s.exec(url);
  if (!match) throw new InvalidUrl(`its URL is invalid; ${form}`);
  const [, user, password, authority = '', dbname, query = ''] = match;
  const hosts = authority.split(',').map(splitHost);
  const given = {
    ...present({ user, password, dbname }, decode),
    ...(authority !== '' && {
      host: hosts.map(({ host }) => decode(host)).join(','),
    }),
    // Otherwise a service may have it.
    ...(hosts.some(({ port }) => port !== '') && { port: hosts.map(({ port }) => port).join(',') }),
    ...parametersOf(query),
  };
  const parameters: Record<string, string> = { ...serviceOf(given), ...given };
  for (const [name, value] of Object.entries(parameters)) checkParameter(name, value);
  return { addresses: addressesOf(parameters), parameters: { ...environmentOf(process.env), ...parameters } };
}

function environmentOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, variable] of Object.entries(environmental)) {
    const value = environment[variable];
    if (!value) continue;
    checkValue(name, value, `the environment has ${variable}`);
    found[name] = value;
  }
  return found;
}

function splitHost(text: string): { host: string; port: string } {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(text);
  // What follows an unencoded / in a password would be taken for a port.
  if (!match) throw new InvalidUrl(`its URL is invalid; ${form}`);
  return { host: match[1]!.replace(/^\[(.*)\]$/, '$1'), port: match[2] ?? '' };
}

function parametersOf(query: string): Record<string, string> {
  const pairs = query.split('&').filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const [name = '', ...value] = pair.split('=').map(decode);
      // JDBC's way of sslmode=require, which libpq takes too.
      return name === 'ssl' && value[0] === 'true' ? ['sslmode', 'require'] : [name, value.join('=')];
    }),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidUrl(
      'its URL has a % that begins no percent-encoded character',
      'Write %25 for a % of the password.',
    );
  }
}

function present(
  values: Readonly<Record<string, string | undefined>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value ? [[name, change(value)]] : [])),
  );
}

function checkParameter(name: string, value: string): void {
  if (![...used, ...known].includes(name))
    throw new InvalidUrl(
      `its URL has the parameter ${name}, which Tidehouse does not know`,
      instead[name] ?? 'Remove it.',
    );
  checkValue(name, value, `its URL has ${name}`);
}

function checkValue(name: string, value: string, found: string): void {
  const values = choices[name];
  if (values && !values.includes(value))
    throw new InvalidUrl(`${found}=${value}; expected ${[...values].sort().join(', ')}`);
}

/** libpq takes one port for all hosts, or one for each; and a name and an address for each, or one of both. */
function addressesOf({ host, hostaddr, port = '' }: Readonly<Record<string, string>>): Address[] {
  const names = host ? host.split(',') : [];
  const addresses = hostaddr ? hostaddr.split(',') : [];
  const count = addresses.length || names.length || 1;
  if (names.length > 0 && names.length !== count)
    throw new InvalidUrl(
      `its URL has ${count} addresses in hostaddr for ${names.length} hosts`,
      'Give each host one.',
    );
  const ports = port.split(',');
  if (ports.length > 1 && ports.length !== count)
    throw new InvalidUrl(`its URL has ${ports.length} ports for ${count} hosts`, 'Give each host one.');
  return Array.from({ length: count }, (_, at) => ({
    ...hostOf(names[at], addresses[at]),
    port: portOf(ports[ports.length === 1 ? 0 : at]),
  }));
}

function hostOf(name: string | undefined, address: string | undefined): Pick<Address, 'host' | 'name'> {
  if (!address) return { host: name || 'localhost' };
  if (isIP(address) === 0)
    throw new InvalidUrl(
      `its URL has hostaddr=${address}, which is not an IP address`,
      'Use host for a name.',
    );
  return { host: address, ...(name && { name }) };
}

function portOf(text: string | undefined): number {
  const port = Number(text || 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidUrl('its URL has a port that is not a number from 1 to 65535');
  return port;
}

/** The settings of the service that the URL names, in the file of the URL, of the environment, or the usual one; none without one. */
function serviceOf({
  service,
  servicefile = process.env['PGSERVICEFILE'] ?? join(homedir(), '.pg_service.conf'),
}: Readonly<Record<string, string>>): Record<string, string> {
  if (service === undefined) return {};
  const settings: Record<string, string> = {};
  let section = '';
  let found = false;
  for (const line of readFileSync(servicefile, 'utf8').split(/\r?\n/)) {
    section = /^\s*\[(.*)\]\s*$/.exec(line)?.[1] ?? section;
    if (section !== service) continue;
    found = true;
    const [, name, value] = /^\s*([^#=\s]+)\s*=(.*)$/.exec(line) ?? [];
    if (name !== undefined) settings[name] = value!.trim();
  }
  if (!found) throw new InvalidUrl(`the service ${service} in its URL is not in ${servicefile}`);
  return settings;
}
