import { z } from 'zod';
import { DamagedFile } from './damaged-file.ts';

const schema = z.array(
  z.object({ provider: z.string(), from: z.string(), to: z.string(), rows: z.number() }).readonly(),
);

/** Consecutive rows of a file from one provider; times are ISO 8601, both included. */
export type ProviderRange = z.output<typeof schema>[number];

/** The provider of rows in a file that does not name any, which an earlier system wrote. */
const unnamedProvider = 'earlier';

/** The providers of rows that are sorted by time (ms since 1970). */
export function providerRanges(
  rows: readonly { readonly time: number; readonly provider: string }[],
): ProviderRange[] {
  const ranges: ProviderRange[] = [];
  for (const { time, provider } of rows) {
    const last = ranges.at(-1);
    const at = new Date(time).toISOString();
    if (last?.provider === provider) ranges[ranges.length - 1] = { ...last, to: at, rows: last.rows + 1 };
    else ranges.push({ provider, from: at, to: at, rows: 1 });
  }
  return ranges;
}

/** The ranges in a file's metadata (JSON); none when it has no such entry. Throws a DamagedFile. */
export function parseProviderRanges(json: string | undefined): readonly ProviderRange[] {
  if (json === undefined) return [];
  try {
    return schema.parse(JSON.parse(json));
  } catch {
    throw new DamagedFile('its metadata about the providers of its rows is malformed');
  }
}

/** A function from the time of a row (ms) to its provider. Call it with ascending times. */
export function providerLookup(ranges: readonly ProviderRange[]): (time: number) => string {
  const bounds = ranges.map(({ provider, from, to }) => ({
    provider,
    from: Date.parse(from),
    to: Date.parse(to),
  }));
  let at = 0;
  return (time) => {
    while (at < bounds.length && bounds[at]!.to < time) at++;
    const range = bounds[at];
    return range && range.from <= time ? range.provider : unnamedProvider;
  };
}
