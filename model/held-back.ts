import type { HeldBack, Landed } from './batch.ts';

/** Those of the tables held back that are a problem whatever other sources have. */
export function reported(heldBack: readonly HeldBack[]): HeldBack[] {
  return heldBack.filter(({ elsewhere }) => !elsewhere);
}

/** What a run's result says of the tables that are held back: nothing when there are none. */
export function reportHeldBack(heldBack: readonly HeldBack[]): Pick<Landed, 'heldBack'> {
  const all = reported(heldBack);
  return all.length > 0 ? { heldBack: all } : {};
}

/** The problem of each table, as the position remembers it. */
export function problemsOf(heldBack: readonly HeldBack[]): ReadonlyMap<string, string> {
  return new Map(heldBack.map(({ table, problem }) => [table, problem]));
}
