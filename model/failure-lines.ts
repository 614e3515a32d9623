import type { Failure } from './failure.ts';
import type { NextAction, Problem } from './incident.ts';
import type { ProblemOfSubject, Words } from './incident-words.ts';
import { actionOf, phraseOf } from './incident-words.ts';

/** The failure's own sentences, one cause a line; empty when the words for its type already say it all. */
export function causeText(failure: Failure | undefined, words: Words): string {
  if (!failure || words.failures?.(failure.type).complete) return '';
  const causes = failure.details?.causes.map(({ table, problem }) =>
    table === undefined ? problem : `${words.table(table)}: ${problem}`,
  );
  return (causes?.join('\n') ?? failure.message).trim();
}

/** The reason for a problem in one line, for a list of problems. */
export function reasonOf(problem: Problem, words: Words): string {
  const { failure } = problem;
  const [cause = ''] = causeText(failure, words).split('\n');
  if (cause !== '') return cause;
  return failure && words.failures ? words.failures(failure.type).cause : phraseOf(words, problem).opened;
}

/**
 * What to do next. The failure's own advice and statements replace the suggested command: running the source again does
 * not help while a password or a privilege is missing.
 */
export function nextActionOf(problem: ProblemOfSubject & Pick<Problem, 'failure'>, words: Words): NextAction {
  const causes = problem.failure?.details?.causes ?? [];
  const sql = causes.flatMap((cause) => (cause.sql === undefined ? [] : `${cause.sql};`));
  const own = [...new Set(causes.flatMap(({ advice }) => advice ?? []))].join(' ');
  const advice = words.failures && own !== '' ? words.failures(problem.failure!.type).advice : own;
  if (sql.length > 0 || advice) return { ...(advice && { text: advice }), sql };
  const { sql: statement, ...action } = actionOf(words, problem);
  return { ...action, sql: statement === undefined ? [] : [`${statement};`] };
}
