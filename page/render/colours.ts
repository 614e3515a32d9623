import type { Colour } from '../draw/frame.ts';
import { colours } from '../draw/frame.ts';

/** The colour of a name in every picture of the page. */
export type ColourOf = (name: string) => Colour;

/**
 * Gives each name of two pictures one colour, so that no two in one picture have the same. A picture has at most as many
 * names as there are colours; any other name is grey. Where there are colours enough for all, their alphabetical order
 * decides, so that a name keeps its colour from page to page.
 */
export function colourNames(first: readonly string[], second: readonly string[]): ColourOf {
  const all = [...new Set([...first, ...second])].sort();
  const given = new Map<string, number>();
  for (const names of all.length <= colours ? [all] : [first, second]) {
    const taken = new Set(names.map((name) => given.get(name)));
    const free = Array.from({ length: colours }, (_, at) => at).filter((at) => !taken.has(at));
    for (const name of [...names].sort()) if (!given.has(name)) given.set(name, free.shift()!);
  }
  return (name) => given.get(name) ?? null;
}
