import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplicationFailure } from '@temporalio/common';
import { serverOf } from '../../../activities/postgres/connect.ts';
import { withConnection } from '../../../activities/postgres/connection.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { createAuthority } from '../../support/certificates.ts';
import { urlOf } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const superuser = urlOf('postgres');
const password = 'p@ss/w?rd#50%';
let folder: string;
let usualRules: string;
let rulesFile: string;

/** A URL of the shared server as somebody may write it: the name in its certificate is `localhost`. */
function url(role: string, parameters = '', { host = 'localhost', secret = password } = {}): string {
  const { port } = new URL(superuser);
  return `postgres://${role}:${encodeURIComponent(secret)}@${host.replaceAll('PORT', port)}${/:/.test(host) ? '' : `:${port}`}/odd%2Fname${parameters}`;
}

/** How the server sees the connection: `TLS` or `plain`. */
async function securityOf(given: string): Promise<string> {
  return withConnection(
    { subject: { source: 'shop' }, url: given },
    defaultTimeouts,
    undefined,
    async (client) => {
      const { rows } = await client.query<{ ssl: string }>(
        'select ssl from pg_stat_ssl where pid = pg_backend_pid()',
      );
      return rows[0]!.ssl === 't' ? 'TLS' : 'plain';
    },
  );
}

async function failureOf(given: string): Promise<ApplicationFailure> {
  try {
    throw new Error(`It has connected: ${await securityOf(given)}.`);
  } catch (error) {
    return error as ApplicationFailure;
  }
}

async function reload(statements: readonly string[]): Promise<void> {
  for (const statement of statements) await query(superuser, statement);
  await query(superuser, 'select pg_reload_conf()');
}

beforeAll(async () => {
  folder = await temporaryFolder('tls');
  const authority = createAuthority('Test CA');
  const { certificate, key } = authority.issue('postgres');
  await writeFile(join(folder, 'ca.crt'), authority.certificate);
  await writeFile(join(folder, 'other-ca.crt'), createAuthority('Other CA').certificate);
  await writeFile(join(folder, 'server.crt'), certificate);
  await writeFile(join(folder, 'server.key'), key, { mode: 0o600 });
  const client = authority.issue('certified');
  await writeFile(join(folder, 'client.crt'), client.certificate);
  await writeFile(join(folder, 'client.key'), client.key, { mode: 0o600 });
  [{ file: rulesFile }] = (await query<{ file: string }>(
    superuser,
    `select current_setting('hba_file') as file`,
  )) as [{ file: string }];
  usualRules = await readFile(rulesFile, 'utf8');
  await writeFile(
    rulesFile,
    `hostnossl all only_tls all reject\nhostssl all only_plain all reject\nhostssl all trusted all trust\nhostssl all certified all cert\n${usualRules}`,
  );
  await reload([
    ...['only_tls', 'only_plain', 'either', 'read_only', 'trusted', 'certified'].map(
      (role) => `create role ${role} login password '${password}'`,
    ),
    'alter role read_only set default_transaction_read_only = on',
    'create database "odd/name"',
    'alter system set ssl = on',
    `alter system set ssl_cert_file = '${join(folder, 'server.crt')}'`,
    `alter system set ssl_key_file = '${join(folder, 'server.key')}'`,
    `alter system set ssl_ca_file = '${join(folder, 'ca.crt')}'`,
  ]);
});

afterAll(async () => {
  await writeFile(rulesFile, usualRules);
  await reload([
    'drop database "odd/name"',
    'drop role only_tls, only_plain, either, read_only, trusted, certified',
    ...['ssl', 'ssl_cert_file', 'ssl_key_file', 'ssl_ca_file'].map((name) => `alter system reset ${name}`),
  ]);
});

test.each([
  ['a server that takes TLS only, with its plain URL', 'only_tls', '', 'TLS'],
  ['a server that takes no TLS, with its plain URL', 'only_plain', '', 'plain'],
  ['TLS where it is offered', 'either', '', 'TLS'],
  ['no TLS where it is disabled', 'either', '?sslmode=disable', 'plain'],
  ['no TLS where it is only allowed', 'either', '?sslmode=allow', 'plain'],
  ['TLS where it is only allowed, but required', 'only_tls', '?sslmode=allow', 'TLS'],
  ['any certificate where TLS is required', 'either', '?sslmode=require', 'TLS'],
  ['any certificate in the way of JDBC', 'either', '?ssl=true', 'TLS'],
  ['a certificate of the authority', 'either', '?sslmode=verify-ca&sslrootcert=CA', 'TLS'],
  ['a certificate of the authority and its name', 'either', '?sslmode=verify-full&sslrootcert=CA', 'TLS'],
  ['a primary', 'either', '?target_session_attrs=primary', 'TLS'],
  ['a standby, or else any', 'either', '?target_session_attrs=prefer-standby', 'TLS'],
  ['a read-only session', 'read_only', '?target_session_attrs=read-only', 'TLS'],
  ['a password that is bound to the connection', 'either', '?channel_binding=require', 'TLS'],
  [
    'an address with a certificate for its name',
    'either',
    '?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=CA',
    'TLS',
  ],
])('connects as psql does: %s', async (_name, role, parameters, expected) => {
  expect(await securityOf(url(role, parameters.replace('CA', join(folder, 'ca.crt'))))).toBe(expected);
});

test('a name that is not in the certificate is enough for verify-ca, not for verify-full', async () => {
  const to = (mode: string) =>
    url('either', `?sslmode=${mode}&sslrootcert=${join(folder, 'ca.crt')}`, { host: '127.0.0.1' });
  expect(await securityOf(to('verify-ca'))).toBe('TLS');
  expect((await failureOf(to('verify-full'))).message).toMatch(/Its certificate is for another name/);
});

test('a certificate of the client is sent from the files of the URL or of the environment', async () => {
  const files = `?sslcert=${join(folder, 'client.crt')}&sslkey=${join(folder, 'client.key')}`;
  const to = (parameters: string) => url('certified', parameters, { secret: '' });
  expect(await securityOf(to(files))).toBe('TLS');
  process.env.PGSSLCERT = join(folder, 'client.crt');
  process.env.PGSSLKEY = join(folder, 'client.key');
  expect(await securityOf(to(''))).toBe('TLS');
  delete process.env.PGSSLKEY;
  expect((await failureOf(to(''))).message).toMatch(
    /has sslcert without the key .* Name its file with sslkey/,
  );
  delete process.env.PGSSLCERT;
  expect((await failureOf(to(''))).message).toMatch(
    /lack of TLS or of a client certificate \(sslcert, sslkey\)/,
  );
});

test('of several hosts, the first that fits is used', async () => {
  expect(await securityOf(url('either', '', { host: 'localhost:1,127.0.0.1:PORT' }))).toBe('TLS');
  const { message, nonRetryable } = await failureOf(
    url('read_only', '?target_session_attrs=read-write', { host: 'localhost:1,127.0.0.1:PORT' }),
  );
  expect(message).toMatch(
    /^source "shop": localhost:1: connection refused by .*\nsource "shop": 127\.0\.0\.1:\d+: /,
  );
  expect(message).toMatch(/the server is read-only, but target_session_attrs asks for read-write/);
  expect(nonRetryable).toBe(false);
});

test('several hosts are tried in any order where that is asked for', async () => {
  const given = url('either', '?load_balance_hosts=random', { host: 'localhost:PORT,127.0.0.1:PORT' });
  const used = new Set<string>();
  for (let n = 0; n < 60 && used.size < 2; n++)
    await withConnection(
      { subject: { source: 'shop' }, url: given },
      defaultTimeouts,
      undefined,
      ({ host }) => Promise.resolve(used.add(host)),
    );
  expect(used.size).toBe(2);
});

test('the environment says which TLS to use and where passwords are, where the URL does not', async () => {
  const { port } = new URL(superuser);
  const passwords = join(folder, 'pgpass');
  await writeFile(passwords, `localhost:${port}:*:either:${password}\n`, { mode: 0o600 });
  process.env.PGSSLMODE = 'disable';
  process.env.PGPASSFILE = passwords;
  try {
    expect(await securityOf(url('either', '', { secret: '' }))).toBe('plain');
    expect(await securityOf(url('either', '?sslmode=require'))).toBe('TLS');
    process.env.PGSSLMODE = 'strict';
    expect((await failureOf(url('either'))).message).toMatch(
      /environment has PGSSLMODE=strict; expected allow/,
    );
  } finally {
    delete process.env.PGSSLMODE;
    delete process.env.PGPASSFILE;
  }
});

test('a service of a file fills in what the URL leaves out', async () => {
  const file = join(folder, 'services.conf');
  const { port } = new URL(superuser);
  await writeFile(
    file,
    `[other]\nport=1\n\n# The shop.\n[shop]\nhost=localhost\nport=${port}\nuser=either\npassword=${password}\n`,
  );
  const there = encodeURIComponent(file);
  expect(await securityOf(`postgres:///odd%2Fname?service=shop&servicefile=${there}`)).toBe('TLS');
  const { message } = await failureOf(`postgres:///x?service=shops&servicefile=${there}`);
  expect(message).toContain(`the service shops in its URL is not in ${file}`);
});

test('each error in a URL has a sentence of its own, is final, and shows no secret', async () => {
  const ca = join(folder, 'ca.crt');
  const sentences: readonly (readonly [given: string, expected: RegExp])[] = [
    [
      url('either', `?sslmode=verify-ca&sslrootcert=${ca}.txt`),
      /the file .*ca\.crt\.txt of its URL cannot be read \(ENOENT\)/,
    ],
    [
      url('either', `?sslmode=verify-ca&sslrootcert=${join(folder, 'other-ca.crt')}`),
      /not issued by an authority that is trusted: name the file/,
    ],
    [url('either', '?sslrootcert=system'), /not issued by an authority that is trusted/],
    [url('either', '?sslmode=require&sslrootcert=system'), /Use sslmode=verify-full/],
    [url('either', '?sslmode=verify-ca'), /sslmode=verify-ca without a certificate to trust/],
    [url('either', '?sslmode=strict'), /has sslmode=strict; expected allow, disable, prefer, require/],
    [url('either', '?sslmodee=require'), /the parameter sslmodee, which Tidehouse does not know/],
    [
      url('either', '', { secret: 'another' }),
      /password authentication failed.*Its role or password is rejected/,
    ],
    [
      url('only_tls', '?sslmode=disable'),
      /pg_hba\.conf rejects connection.*The server rejects its role, host or lack of TLS/,
    ],
    [
      url('either', '', { secret: '' }),
      /asks for a password, and its URL has none\. Write the password into its URL, which then belongs into a variable or a file, or name a file .* PGPASSFILE/,
    ],
    [`postgres://shop:hush%@localhost/shop`, /a % that begins no percent-encoded character/],
    [
      'postgres://shop:hush/word@localhost/shop',
      /its URL is invalid; expected postgres:\/\/role:password@host/,
    ],
    ['postgres://shop:se@hush@localhost/shop', /its URL is invalid/],
    ['host=localhost password=hush', /its URL is invalid/],
    ['postgres://localhost:1,localhost:2,localhost:3,/x?port=1,2', /2 ports for 4 hosts/],
    ['postgres://a,b/x?hostaddr=127.0.0.1', /1 addresses in hostaddr for 2 hosts/],
    [
      'postgres:///x?hostaddr=localhost',
      /hostaddr=localhost, which is not an IP address\. Use host for a name/,
    ],
    [
      url('either', '?passfile=/run/pgpass'),
      /the parameter passfile, .*environment variable PGPASSFILE instead/,
    ],
    [
      url('either', '?channel_binding=require&sslmode=disable'),
      /channel_binding=require for a connection without TLS/,
    ],
    [
      url('trusted', '?channel_binding=require'),
      /does not offer channel binding, which channel_binding=require .* by scram-sha-256/,
    ],
    ['postgres://localhost:70000/x', /a port that is not a number from 1 to 65535/],
  ];
  for (const [given, expected] of sentences) {
    const failure = await failureOf(given);
    expect(failure.message).toMatch(expected);
    expect(failure.nonRetryable).toBe(true);
    expect(`${failure.message} ${failure.stack}`).not.toMatch(/hush|p@ss|p%40ss/);
  }
});

test('a server that does not offer TLS says so when TLS is required', async () => {
  await reload(['alter system set ssl = off']);
  try {
    const failure = await failureOf(url('either', '?sslmode=require'));
    expect(failure.message).toMatch(
      /the server does not offer TLS\. Turn on ssl at the server, or use sslmode=prefer/,
    );
    expect(failure.nonRetryable).toBe(true);
    expect(await securityOf(url('either'))).toBe('plain');
  } finally {
    await reload(['alter system set ssl = on']);
  }
});

test('the servers of a URL are named without its role and password', () => {
  const named = serverOf({ subject: {}, url: 'postgres://shop:secret@[::1]:6432,b.example.com/a%2Fb' });
  expect(named).toBe('::1:6432,b.example.com:5432/a/b');
});
