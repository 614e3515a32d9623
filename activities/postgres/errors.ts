import { ApplicationFailure } from '@temporalio/common';
import { isNativeError } from 'node:util/types';
import type { FailureSubject } from '../../model/failure.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { networkProblem } from '../../model/network-problem.ts';
import { kindOf } from './error-kinds.ts';
import type { ErrorText } from './error-text.ts';
import { hintOf, problemOf, quotesRow } from './error-text.ts';

/** An error of the driver with what Postgres says of it. */
export interface PostgresError extends Error, ErrorText {
  readonly message: string;
  readonly code: string;
  /** Postgres names the table only when a constraint is violated; `namingTable` adds it otherwise. */
  table?: string;
}

/** The SQLSTATE of a Postgres error, or the code of a network error; `undefined` for anything else. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as Partial<PostgresError> | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The error with its table: Postgres does not always name it. */
export function named(table: string, error: unknown): unknown {
  if (isNativeError(error)) (error as PostgresError).table = table;
  return error;
}

/** A handler for `catch` that rethrows an error with its table. */
export const namingTable =
  (table: string) =>
  (error: unknown): never => {
    throw named(table, error);
  };

/** A missing schema, table or column, which in a migrated warehouse all exist. */
const notMigrated = /^(3F000|42P01|42703)$/;

/**
 * `error` as a failure with its server, what happened and what to do; with Postgres's detail and hint, the table and the
 * column. It is final or temporary by the class of its code; without a known one, temporary. An ApplicationFailure is
 * returned unchanged.
 */
export function postgresFailure(subject: FailureSubject, error: unknown): Error {
  if (error instanceof ApplicationFailure) return error;
  if (!isNativeError(error)) return new Error(String(error));
  // The driver throws errors with codes or plain Errors; any other class is a bug, or an error thrown on purpose.
  if (codeOf(error) === undefined && error.constructor !== Error) return error;
  const code = codeOf(error) ?? '';
  const { table } = error as PostgresError;
  const { nature = 'temporary', advice: usual } = kindOf(code) ?? {};
  const advice = [
    subject.warehouse && notMigrated.test(code) ? 'Run: tidehouse migrate' : usual,
    hintOf(error),
  ];
  return createFailure(
    nature === 'table' ? failureTypes.cannotLand : failureTypes.unavailable,
    {
      ...subject,
      causes: [
        {
          ...(table !== undefined && { table }),
          problem: networkProblem(error) ?? problemOf(error, code),
          ...(advice.some(Boolean) && { advice: advice.filter(Boolean).join(' ') }),
        },
      ],
    },
    {
      final: nature !== 'temporary',
      ...(!quotesRow(error, code) && { cause: error }),
    },
  );
}
