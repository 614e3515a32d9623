import type { HeldBack } from '../../../model/batch.ts';
import { createFailure, failureTypes } from '../../../model/failure.ts';
import { reported } from '../../../model/held-back.ts';
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
