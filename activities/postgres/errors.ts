import { ApplicationFailure } from '@temporalio/common';
import { isNativeError } from 'node:util/types';
import type { FailureSubject } from '../../model/failure.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';

interface PostgresError extends Error {
  readonly code: string;
  readonly where?: string;
  /** Postgres names it only where a constraint is violated; `namingTable` adds it elsewhere. */
  table?: string;
}

/** The SQLSTATE of a Postgres error, or the code of a network error; `undefined` for anything else. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as Partial<PostgresError> | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Rethrows an error with the table that was read or written: Postgres does not always name it. For `catch`. */
export const namingTable =
  (table: string) =>
  (error: unknown): never => {
    if (isNativeError(error)) (error as PostgresError).table = table;
    throw error;
  };

/** What people can do about it, by SQLSTATE or a class of them. */
const adviceByCode: readonly (readonly [RegExp, string])[] = [
  [/^28/, 'Its role or password is refused: correct the URL in the config or the secret that it names.'],
  [/^3D000/, 'The database in its URL does not exist: correct the URL, or create the database.'],
  [/^42501/, 'Grant its role the privilege that is missing.'],
  [
    // No code at all: it did not answer, hung up, or does not speak Postgres.
    /^(|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE|08...)$/,
    'Check that the server is running and can be reached.',
  ],
  [/^22/, "Correct the value, or its column's type, at the source."],
  [/^57P0[123]/, 'The server is shutting down or starting: wait until it accepts connections.'],
  [/^53100/, 'Its disk is full: free some space.'],
  [/^53300/, 'It has no connection left: raise max_connections, or end some sessions.'],
  [/^55P03/, 'Another session holds a lock on it: see pg_locks.'],
  [/^57014/, 'The statement took too long.'],
  [
    /^25P03/,
    'The worker stood still for longer than a transaction may: check that its machine is not suspended or overloaded.',
  ],
];

/** A schema or a table that does not exist, in a warehouse in which every table of ours does. */
const notMigrated = /^(3F000|42P01|42703)$/;

/**
 * `error` as a failure that says which server, what happened, and what to do. Wrong config, privileges, names and
 * values are final; everything else is temporary and tried again. An ApplicationFailure stays as it is.
 */
export function postgresFailure(subject: FailureSubject, error: unknown): Error {
  if (error instanceof ApplicationFailure) return error;
  if (!isNativeError(error)) return new Error(String(error));
  // The driver throws codes or plain Errors; whatever has a class of its own is a bug or a refusal of ours.
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
    /^(22|23|42)/.test(code) ? failureTypes.cannotLand : failureTypes.unavailable,
    {
      ...subject,
      causes: [{ ...(table !== undefined && { table }), problem, ...(advice !== undefined && { advice }) }],
    },
    { final: /^(22|23|28|3D|42)/.test(code), cause: error },
  );
}
