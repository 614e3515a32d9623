import type { HeldBack, Landed } from '../../../model/batch.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import type { Survey } from './survey.ts';

/** The survey without tables that are held back for another reason. */
export function without(survey: Survey, others: readonly HeldBack[]): Survey {
  const names = new Set(others.map(({ table }) => table));
  return {
    ...survey,
    tables: new Map([...survey.tables].filter(([table]) => !names.has(table))),
    heldBack: [...survey.heldBack, ...others],
  };
}

/** Throws when the source has tables to read and all of them are held back: then it is the source that fails. */
export function refuseAllHeldBack(source: string, { tables, heldBack }: Survey): void {
  const [first, ...others] = reported(heldBack);
  if (tables.size === 0 && first)
    throw createFailure(failureTypes.cannotRead, { source, causes: [first, ...others] }, { final: true });
}

/** The problem of each table, as the position remembers it. */
export function problemsOf(heldBack: readonly HeldBack[]): ReadonlyMap<string, string> {
  return new Map(heldBack.map(({ table, problem }) => [table, problem]));
}

/** What a run's result says of the tables that are held back: nothing when there are none. */
export function reportHeldBack(heldBack: readonly HeldBack[]): Pick<Landed, 'heldBack'> {
  const all = reported(heldBack);
  return all.length > 0 ? { heldBack: all } : {};
}

function reported(heldBack: readonly HeldBack[]): HeldBack[] {
  return heldBack.filter(({ elsewhere }) => !elsewhere);
}
