import type { MessageKind, Problem, ProblemKind } from './incident.ts';
import { partsOf } from './incident.ts';

/** A problem as people read it. */
export interface Phrase {
  /** The headline of its first message: `project_b is failing`. */
  readonly opened: string;
  readonly reminder: string;
  /** The sentence below the headline, without a capital letter and a full stop. */
  readonly detail: string;
}

/** What a phrase is made of. */
export interface PhraseInput<Kind extends ProblemKind['kind']> {
  /** `source`, `place`, `schedule` and so on. */
  readonly type: string;
  /** The subject without its type: `project_b`. */
  readonly name: string;
  readonly problem: ProblemKind & { readonly kind: Kind };
  /** How long the problem has lasted, in this language, where that is known. */
  readonly age?: string | undefined;
}

/** A phrase for each kind of problem. */
export type Phrases = {
  readonly [Kind in ProblemKind['kind']]: (input: PhraseInput<Kind>) => Phrase;
};

/** What a problem needs people to do, where its failure does not say so itself. */
export interface Action {
  readonly text?: string;
  readonly command?: string;
  readonly sql?: string;
}

/** A type of failure as a sentence and as advice, for a language in which failures themselves are not written. */
export interface FailureWords {
  readonly cause: string;
  readonly advice?: string;
  /** `cause` says all that the failure's own English sentence says, so that is left out. */
  readonly complete?: true;
}

/** All words of one language that messages are made of. */
export interface Words {
  readonly phrases: Phrases;
  /** The headline of a resolved problem. */
  readonly resolved: (problem: ProblemOfSubject) => string;
  readonly actions: { readonly [Kind in ProblemKind['kind']]?: (input: PhraseInput<Kind>) => Action };
  /** Absent in the language in which failures are written. */
  readonly failures?: (type: string) => FailureWords;
  readonly labels: Readonly<
    Record<
      | 'cause'
      | 'since'
      | 'lasted'
      | 'completeThrough'
      | 'unaffected'
      | 'related'
      | 'responsible'
      | 'run'
      | 'next'
      | 'mute',
      string
    >
  >;
  /** `table "events"`. */
  readonly table: (name: string) => string;
  readonly time: (instant: string) => string;
  readonly duration: (seconds: number) => string;
  /** How long a problem has lasted, behind the time at which it began. */
  readonly lastingFor: (duration: string) => string;
}

/** The subject and the kind of a problem, which is all that a phrase needs. */
export type ProblemOfSubject = ProblemKind & Pick<Problem, 'subject'>;

/** The phrase for a problem in the language of `words`. */
export function phraseOf(
  { phrases }: Pick<Words, 'phrases'>,
  problem: ProblemOfSubject,
  age?: string,
): Phrase {
  const phrase = phrases[problem.kind] as (input: PhraseInput<ProblemKind['kind']>) => Phrase;
  return phrase({ ...partsOf(problem.subject), problem, age });
}

/** The headline of a message about a problem in the language of `words`. */
export function headlineOf(words: Words, kind: MessageKind, problem: ProblemOfSubject, age?: string): string {
  if (kind === 'resolved') return words.resolved(problem);
  return phraseOf(words, problem, age)[kind];
}

/** What to do about a problem in the language of `words`, where its failure does not say so itself. */
export function actionOf({ actions }: Words, problem: ProblemOfSubject): Action {
  const action = actions[problem.kind] as ((input: PhraseInput<ProblemKind['kind']>) => Action) | undefined;
  return action?.({ ...partsOf(problem.subject), problem }) ?? {};
}

/** The command that starts a run of the subject by hand, where one exists. */
export function runCommand(type: string, name: string): Action {
  if (type === 'source') return { command: `tidehouse sync --source ${name}` };
  if (type === 'place') return { command: `tidehouse weather --place ${name}` };
  if (type === 'schedule') return { command: `tidehouse schedules trigger ${name}` };
  return { command: 'tidehouse doctor' };
}

/**
 * The statement that shows the sessions of the transaction whose id is `xmin`, at the source. The id is of 64 bits; a
 * session shows its low 32 bits.
 */
export function sessionsOf(xmin: string): string {
  return `select pid, usename, application_name, state, xact_start, query from pg_stat_activity where backend_xid = '${xmin}'::xid8::xid`;
}
