import type { MessageKind, Problem, ProblemKind } from './incident.ts';
import { partsOf } from './incident.ts';

/** A problem in words. */
export interface Phrase {
  /** The headline of its first message: `project_b is failing`. */
  readonly opened: string;
  readonly reminder: string;
  /** The sentence below the headline, without a capital letter and a full stop. */
  readonly detail: string;
}

/** The data for a phrase. */
export interface PhraseInput<Kind extends ProblemKind['kind']> {
  /** `source`, `place`, `schedule` and so on. */
  readonly type: string;
  /** The subject without its type: `project_b`. */
  readonly name: string;
  readonly problem: ProblemKind & { readonly kind: Kind };
  /** How long the problem has lasted, in this language, where known. */
  readonly age?: string | undefined;
}

/** A phrase for each kind of problem. */
export type Phrases = {
  readonly [Kind in ProblemKind['kind']]: (input: PhraseInput<Kind>) => Phrase;
};

/** What people should do about a problem whose failure has no advice of its own. */
export interface Action {
  readonly text?: string;
  readonly command?: string;
  readonly sql?: string;
}

/** The cause and the advice for a type of failure, in a language other than that of the failure's own message. */
export interface FailureWords {
  readonly cause: string;
  readonly advice?: string;
  /** `cause` has everything that the failure's own English message has, so that message is left out. */
  readonly complete?: true;
}

/** The vocabulary of messages in one language. */
export interface Words {
  readonly phrases: Phrases;
  /** The headline of a resolved problem. */
  readonly resolved: (problem: ProblemOfSubject) => string;
  readonly actions: { readonly [Kind in ProblemKind['kind']]?: (input: PhraseInput<Kind>) => Action };
  /** Absent in the language of the failures' own messages. */
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
  /** How long a problem has lasted, shown after its start time. */
  readonly lastingFor: (duration: string) => string;
}

/** The part of a problem that a phrase needs: its kind and its subject. */
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

/** What to do about a problem whose failure has no advice of its own, in the language of `words`. */
export function actionOf({ actions }: Words, problem: ProblemOfSubject): Action {
  const action = actions[problem.kind] as ((input: PhraseInput<ProblemKind['kind']>) => Action) | undefined;
  return action?.({ ...partsOf(problem.subject), problem }) ?? {};
}
