/** The code of the error of a server that does not offer the TLS that its URL asks for. */
export const noTls = 'NO_TLS';

/** The code of the error of a server that does not bind the proof of the password to the connection, as its URL requires. */
export const noBinding = 'NO_BINDING';

/** The code of the error of a server that asks for a password where there is none. */
export const noPassword = 'NO_PASSWORD';

/** The code of the error of a server that is not what `target_session_attrs` asks for. */
export const otherServer = 'OTHER_SERVER';

/**
 * What an error is. `final`: an attempt that changes nothing fails again. `table`: so it is, but about one table, which can be held
 * back alone.
 */
type Nature = 'final' | 'table' | 'temporary';

/**
 * What is known of the errors that can occur, by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)
 * or another code; the first match counts.
 */
const kinds: readonly (readonly [codes: RegExp, nature: Nature, advice: string])[] = [
  // An error without a code: the server did not respond, closed the connection, or is not Postgres.
  [
    /^(|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE|08...)$/,
    'temporary',
    'Check that the server is running and can be reached.',
  ],
  [/^NO_TLS$/, 'final', 'Turn on ssl at the server, or use sslmode=prefer in its URL.'],
  [
    /^NO_BINDING$/,
    'final',
    'Let the server ask for a password by scram-sha-256, in pg_hba.conf and for the role, or leave channel_binding out of its URL.',
  ],
  [
    /^NO_PASSWORD$/,
    'final',
    'Write the password into its URL, which then belongs into a variable or a file, or name a file that has it in the environment variable PGPASSFILE.',
  ],
  [/^OTHER_SERVER$/, 'temporary', 'Correct the hosts or target_session_attrs in its URL.'],
  [
    /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_.*)$/,
    'final',
    "Its certificate is not issued by an authority that is trusted: name the file of the authority's certificate with sslrootcert in its URL.",
  ],
  [/^CERT_/, 'final', "Renew the server's certificate, or set this machine's clock."],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'final',
    'Its certificate is for another name: use that name in its URL, or sslmode=verify-ca.',
  ],
  [
    /^(ERR_SSL_|ERR_TLS_|EPROTO)/,
    'final',
    'Check its TLS versions, and the client certificate (sslcert, sslkey) in its URL.',
  ],
  [
    /^0A/,
    'table',
    'The server cannot do this: see the message. If it is about a column, leave it out in the config, with columns: { except: […] }.',
  ],
  [/^22/, 'table', "Correct the value, or its column's type, at the source."],
  [
    /^23/,
    'table',
    'A constraint or an index that somebody added refuses the row: drop it, or correct the row.',
  ],
  [
    /^25006/,
    'temporary',
    'The server is a standby, or set to be read only: use the primary, for example with target_session_attrs=read-write in its URL.',
  ],
  [
    /^25P0[34]/,
    'temporary',
    'The worker was idle in a transaction for too long: check that its machine is not suspended or overloaded.',
  ],
  [
    /^25/,
    'temporary',
    'A transaction was in a state that does not allow this: see the error before it in the log of the server.',
  ],
  [
    /^28000/,
    'final',
    'The server rejects its role, host or lack of TLS or of a client certificate (sslcert, sslkey): see its pg_hba.conf, or correct the URL.',
  ],
  [
    /^28/,
    'final',
    'Its role or password is rejected: correct the URL in the config or the secret that it names.',
  ],
  [/^3D/, 'final', 'Correct its URL, or create the database.'],
  [
    /^40001/,
    'temporary',
    'If the server is a standby, it cancels reads that keep it from replaying: raise max_standby_streaming_delay, or set hot_standby_feedback = on.',
  ],
  [/^40/, 'temporary', 'Another session was in the way: nothing has to be done.'],
  [/^42501/, 'table', 'Grant its role the missing privilege.'],
  [
    /^42704/,
    'table',
    'What the message names does not exist. If it is an operator class, a key has a column of this type, such as the json of another source: give the table of one of them another name in the config, with as, or name other columns, with key: […].',
  ],
  [
    /^(3F|42)/,
    'table',
    'The schema is not as expected: compare the names and types in the message with the tables.',
  ],
  [
    /^54/,
    'table',
    'A row, key or table exceeds a limit of Postgres: leave out a column with except, or shorten the value at the source.',
  ],
  [/^53100/, 'temporary', 'Its disk is full: free some space.'],
  [/^53200/, 'temporary', 'It is out of memory: lower work_mem or max_connections, or give it more.'],
  [/^53300/, 'temporary', 'It has no free connection slots: raise max_connections, or end some sessions.'],
  [/^53/, 'temporary', 'A limit of its resources is reached, such as temp_file_limit: raise it.'],
  [/^55P03/, 'temporary', 'Another session holds a lock on it: see pg_locks.'],
  [/^55/, 'temporary', 'Something is in use or not ready: see the message.'],
  [/^57014/, 'temporary', 'The statement took too long, or somebody cancelled it.'],
  [/^57P0[123]/, 'temporary', 'The server is shutting down or starting: wait until it accepts connections.'],
  [/^57/, 'temporary', 'Somebody intervened at the server: see its log.'],
  [/^58/, 'temporary', 'Its disk or file system has an error: see the log of the server.'],
  [/^F0/, 'temporary', 'The configuration files of the server have an error: see its log.'],
  [
    /^HV/,
    'table',
    'A foreign table cannot be read: check the foreign server, its user mapping and its connection.',
  ],
  [
    /^(09|21|2F|38|39|44|P0)/,
    'table',
    'A function, trigger, rule or view that somebody made refuses this: correct or drop it.',
  ],
  [
    /^XX00[12]/,
    'table',
    'Data or an index is damaged: see the log of the server; restore the table, or reindex it.',
  ],
  [/^XX/, 'temporary', 'An internal error of Postgres: see the log of the server, and update it.'],
];

/** What errors with this code are, and the usual advice; undefined when nothing is known of them. */
export function kindOf(code: string): { readonly nature: Nature; readonly advice: string } | undefined {
  const kind = kinds.find(([codes]) => codes.test(code));
  return kind && { nature: kind[1], advice: kind[2] };
}
