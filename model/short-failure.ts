import type { Cause, Failure } from './failure.ts';
import { shortened } from './shortened.ts';

/**
 * The failure with a message of at most `most` characters, and with the first of its causes that together have no more.
 * A statement is kept whole or left out, because half of one must not be run.
 */
export function shortFailure({ type, message, details }: Failure, most: number): Failure {
  const short = { type, message: shortened(message, most) };
  if (!details) return short;
  const [first, ...others] = details.causes;
  let space = most - lengthOf(first);
  if (space < 0) return { ...short, details: { ...details, causes: [shortCause(first, most)] } };
  const fits = others.filter((cause) => (space -= lengthOf(cause)) >= 0);
  return { ...short, details: { ...details, causes: [first, ...fits] } };
}

function lengthOf({ table = '', problem, advice = '', sql = '' }: Cause): number {
  return table.length + problem.length + advice.length + sql.length;
}

/** The cause with the beginning of its problem, and with its advice and its statement where there is space. */
function shortCause({ table, problem, advice, sql }: Cause, most: number): Cause {
  const rest = { ...(advice !== undefined && { advice }), ...(sql !== undefined && { sql }) };
  const space = most - lengthOf({ problem: '', ...rest });
  return {
    ...(table !== undefined && { table }),
    problem: shortened(problem, space > 0 ? space : most),
    ...(space > 0 && rest),
  };
}
