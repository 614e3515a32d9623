/** A number with thousands separators: `1,234,567`. Not by a locale: to load one takes longer than many commands have. */
export function formatNumber(value: number): string {
  const [whole, fraction] = String(value).split('.');
  return [whole!.replaceAll(/\B(?=(\d{3})+$)/g, ','), ...(fraction === undefined ? [] : [fraction])].join(
    '.',
  );
}

/** A count with its noun: `1 session`, `1,234 sessions`. */
export function formatCount(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A number in at most four characters: `950`, `12k`, `3.4M`. */
export function formatShort(value: number): string {
  const size = Math.abs(value);
  for (const [unit, letter] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (size >= unit) return `${Number((value / unit).toFixed(size >= 10 * unit ? 0 : 1))}${letter}`;
  return String(Number(value.toFixed(size >= 10 || size === Math.round(size) ? 0 : 1)));
}
