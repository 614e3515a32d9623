import { shortened } from '../../model/shortened.ts';

/** What Postgres says of an error. */
export interface ErrorText {
  readonly message: string;
  readonly where?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly column?: string;
  readonly constraint?: string;
}

/**
 * Whether an error quotes a row: a value that does not fit, the key or the whole row that a constraint refuses, or the line at
 * which COPY was. Failures are kept and sent where no row of a table belongs.
 */
export function quotesRow({ where = '' }: ErrorText, code: string): boolean {
  return /^2[23]/.test(code) || /^COPY .*, line \d+/m.test(where);
}

/** The message of the error, where it happened, its column and constraint, and its detail; without what it quotes of a row. */
export function problemOf(error: ErrorText, code: string): string {
  const { message, where, column, constraint, detail } = quotesRow(error, code) ? withoutRow(error) : error;
  const named = Object.entries({ column, constraint })
    .filter(([, name]) => name !== undefined && !message.includes(`"${name}"`))
    .map(([kind, name]) => `${kind} "${name}"`);
  const sentence = [message || code, where?.split('\n')[0], ...named].filter(Boolean).join(', ');
  const addition = detail === undefined ? '' : ` (${oneLine(detail)})`;
  return `${sentence.replace(/\.$/, '')}${addition}`;
}

/**
 * What an error says, without what it quotes of a row: a value ends a message (`… for type integer: "x"`) or begins it
 * (`value "x" is out of range …`); a detail has the values of a key (`Key (id)=(1) already exists.`) or the whole row.
 */
export function withoutRow({ message, where = '', column, constraint, detail = '' }: ErrorText): ErrorText {
  const key = /^Key (\([^=]*\))=\([^]*\)( [^()]*)$/.exec(detail);
  return {
    message: message.replace(/: "[^]*"$/, '').replace(/^value "[^]*"/, 'a value'),
    where: /^COPY .*?, line \d+(?:, column [^:\n]*)?/m.exec(where)?.[0] ?? '',
    ...(column !== undefined && { column }),
    ...(constraint !== undefined && { constraint }),
    ...(key && { detail: `Key ${key[1]}${key[2]}` }),
  };
}

/** Postgres's hint, as a sentence; undefined when there is none. */
export function hintOf({ hint }: ErrorText): string | undefined {
  return hint === undefined ? undefined : `Postgres's hint: ${oneLine(hint)}.`;
}

function oneLine(text: string): string {
  return shortened(text.replaceAll(/\s+/g, ' ').replace(/\.$/, ''), 300);
}
