import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions, SecureVersion } from 'node:tls';
import { rootCertificates } from 'node:tls';
import type { Address, PostgresUrl } from './url.ts';
import { InvalidUrl } from './url.ts';

/** How to secure a connection: with these options of TLS, or not at all. */
export type Security = ConnectionOptions | false;

/**
 * In which ways to try to connect to an address, in this order, by the `sslmode` of the URL: without one, libpq's `prefer`.
 * Throws an InvalidUrl, or the error of a file that cannot be read.
 */
export function securities({ parameters }: PostgresUrl, { host, name }: Address): Security[] {
  const { sslrootcert, sslnegotiation, channel_binding: binding } = parameters;
  const system = sslrootcert === 'system';
  const mode = parameters.sslmode ?? (system ? 'verify-full' : 'prefer');
  if (system && mode !== 'verify-full')
    throw new InvalidUrl(
      `its URL has sslmode=${mode} with sslrootcert=system, which trusts whoever has a certificate`,
      'Use sslmode=verify-full.',
    );
  if (sslnegotiation === 'direct' && !/^(require|verify-)/.test(mode))
    throw new InvalidUrl(
      `its URL has sslmode=${mode} with sslnegotiation=direct`,
      'Use sslmode=require, verify-ca or verify-full.',
    );
  const plain = mode === 'disable' || host.startsWith('/');
  if (plain && binding === 'require')
    throw new InvalidUrl(
      'its URL has channel_binding=require for a connection without TLS',
      'Use sslmode=require, or leave channel_binding out.',
    );
  if (plain) return [false];
  const options = tlsOptions(parameters, mode, name);
  if (binding === 'require') return [options];
  if (mode === 'allow') return [false, options];
  return mode === 'prefer' ? [options, false] : [options];
}

function tlsOptions(
  parameters: PostgresUrl['parameters'],
  mode: string,
  name: string | undefined,
): ConnectionOptions {
  const { sslpassword } = parameters;
  const usual = (file: string) => existing(join(homedir(), '.postgresql', file));
  const sslcert = parameters.sslcert ?? usual('postgresql.crt');
  const sslkey = parameters.sslkey ?? (sslcert === undefined ? undefined : usual('postgresql.key'));
  if (sslcert !== undefined && sslkey === undefined)
    throw new InvalidUrl(
      'its URL has sslcert without the key of that certificate',
      'Name its file with sslkey.',
    );
  return {
    ...authorities(parameters, mode),
    ...(sslcert !== undefined && { cert: readFileSync(sslcert) }),
    ...(sslkey !== undefined && { key: readFileSync(sslkey) }),
    ...(sslpassword !== undefined && { passphrase: sslpassword }),
    ...(parameters.ssl_min_protocol_version !== undefined && {
      minVersion: parameters.ssl_min_protocol_version as SecureVersion,
    }),
    ...(parameters.ssl_max_protocol_version !== undefined && {
      maxVersion: parameters.ssl_max_protocol_version as SecureVersion,
    }),
    ...(name !== undefined && { servername: name }),
  };
}

/** Whose certificates are trusted, and whether the name must be the server's. */
function authorities(
  { sslrootcert }: PostgresUrl['parameters'],
  mode: string,
): Pick<ConnectionOptions, 'ca' | 'checkServerIdentity' | 'rejectUnauthorized'> {
  const file = sslrootcert ?? existing(join(homedir(), '.postgresql', 'root.crt'));
  if (mode === 'verify-full')
    return { ca: file === undefined || file === 'system' ? systemAuthorities() : readFileSync(file) };
  const checked = mode === 'verify-ca' || (mode === 'require' && file !== undefined);
  // As in libpq: encrypted, but to whomever.
  if (!checked) return { rejectUnauthorized: false };
  if (file === undefined)
    throw new InvalidUrl(
      'its URL has sslmode=verify-ca without a certificate to trust',
      'Name the file of the authority with sslrootcert, or use sslmode=verify-full.',
    );
  return { ca: readFileSync(file), checkServerIdentity: () => undefined };
}

function existing(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

/** The authorities that the operating system trusts, and those that Node.js does. */
function systemAuthorities(): string[] {
  const bundle = [
    '/etc/ssl/certs/ca-certificates.crt',
    '/etc/pki/tls/certs/ca-bundle.crt',
    '/etc/ssl/cert.pem',
  ].find((path) => existsSync(path));
  return [...rootCertificates, ...(bundle === undefined ? [] : [readFileSync(bundle, 'utf8')])];
}
