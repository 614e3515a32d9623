import { ApplicationFailure } from '@temporalio/common';
import { isNativeError } from 'node:util/types';
import type { FailureSubject } from '../../model/failure.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';

interface PostgresError extends Error {
  readonly code: string;
  readonly where?: string;
  /** Postgres names the table only when a constraint is violated; `namingTable` adds it otherwise. */
  table?: string;
}

/** The SQLSTATE of a Postgres error, or the code of a network error; `undefined` for anything else. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as Partial<PostgresError> | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** A handler for `catch` that rethrows an error with its table: Postgres does not always name it. */
export const namingTable =
  (table: string) =>
  (error: unknown): never => {
    if (isNativeError(error)) (error as PostgresError).table = table;
    throw error;
  };

/** Advice by SQLSTATE or class of SQLSTATEs. */
const adviceByCode: readonly (readonly [RegExp, string])[] = [
  [/^28/, 'Its role or password is rejected: correct the URL in the config or the secret that it names.'],
  [/^3D000/, 'Correct its URL, or create the database.'],
  [/^42501/, 'Grant its role the missing privilege.'],
  [
    // An error without a code: the server did not respond, closed the connection, or is not Postgres.
    /^(|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE|08...)$/,
    'Check that the server is running and can be reached.',
  ],
  [/^22/, "Correct the value, or its column's type, at the source."],
  [/^57P0[123]/, 'The server is shutting down or starting: wait until it accepts connections.'],
  [/^53100/, 'Its disk is full: free some space.'],
  [/^53300/, 'It has no free connection slots: raise max_connections, or end some sessions.'],
  [/^55P03/, 'Another session holds a lock on it: see pg_locks.'],
  [/^57014/, 'The statement took too long.'],
  [
    /^25P03/,
    'The worker was idle in a transaction for too long: check that its machine is not suspended or overloaded.',
  ],
];

/** A missing schema, table or column, which in a migrated warehouse all exist. */
const notMigrated = /^(3F000|42P01|42703)$/;

/**
 * `error` as a failure with its server, what happened and what to do. Errors in the config, privileges, names and values
 * are final; everything else is temporary and retried. An ApplicationFailure is returned unchanged.
 */
export function postgresFailure(subject: FailureSubject, error: unknown): Error {
  if (error instanceof ApplicationFailure) return error;
  if (!isNativeError(error)) return new Error(String(error));
  // The driver throws errors with codes or plain Errors; any other class is a bug, or an error thrown on purpose.
  if (codeOf(error) === undefined && error.constructor !== Error) return error;
  const code = codeOf(error) ?? '';
  const { where: context, table } = error as PostgresError;
  const where = context?.split('\n')[0];
  const problem = [error.message || code, where].filter(Boolean).join(', ').replace(/\.$/, '');
  const advice =
    subject.warehouse && notMigrated.test(code)
      ? 'Run: tidehouse migrate'
      : adviceByCode.find(([pattern]) => pattern.test(code))?.[1];
  return createFailure(
    /^(0A|22|23|42|54)/.test(code) ? failureTypes.cannotLand : failureTypes.unavailable,
    {
      ...subject,
      causes: [{ ...(table !== undefined && { table }), problem, ...(advice !== undefined && { advice }) }],
    },
    { final: /^(0A|22|23|28|3D|42|54)/.test(code), cause: error },
  );
}
