/** A generator of numbers in [0, 1), like Math.random. */
export type Random = () => number;

/** A generator with the same sequence for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An integer from 0 up to, but not including, `end`. */
export function below(end: number, random: Random): number {
  return Math.floor(random() * end);
}

/** One of the items. */
export function oneOf<T>(items: readonly [T, ...T[]], random: Random): T {
  return items[below(items.length, random)] ?? items[0];
}

/** One of the names, with a probability proportional to its weight. */
export function weighted<T extends string>(weights: Readonly<Record<T, number>>, random: Random): T {
  const names = Object.keys(weights) as T[];
  let left = random() * names.reduce((sum, name) => sum + weights[name], 0);
  return names.find((name) => (left -= weights[name]) < 0) ?? names[0]!;
}
