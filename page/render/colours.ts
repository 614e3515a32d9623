import type { Colour, Kind } from '../draw/palette.ts';
import { colourAt, colourCount } from '../draw/palette.ts';

/** The colour of a name in every picture of the page. */
export type ColourOf = (name: string) => Colour;

/**
 * Gives each name of two pictures one colour of its kind, so that no two in one picture have the same. A picture has at most
 * as many names as there are colours; any other name is grey. Where there are colours enough for all, their alphabetical
 * order decides, so that a name keeps its colour from page to page.
 */
export function colourNames(kind: Kind, first: readonly string[], second: readonly string[]): ColourOf {
  const colours = colourCount(kind);
  const all = [...new Set([...first, ...second])].sort();
  const given = new Map<string, number>();
  for (const names of all.length <= colours ? [all] : [first, second]) {
    const taken = new Set(names.map((name) => given.get(name)));
    const free = Array.from({ length: colours }, (_, at) => at).filter((at) => !taken.has(at));
    for (const name of [...names].sort()) if (!given.has(name)) given.set(name, free.shift()!);
  }
  return (name) => colourAt(kind, given.get(name) ?? colours);
}
