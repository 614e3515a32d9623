import fc from 'fast-check';
import type { HashedRow } from '../../../../activities/sync/audit/compare-rows.ts';
import { compareRows } from '../../../../activities/sync/audit/compare-rows.ts';

/** The rows in the order of key hash and key; several keys share a hash. */
async function* sorted(
  rows: Iterable<[string, { hash: string; swept: boolean }]>,
): AsyncGenerator<HashedRow, undefined> {
  const all = [...rows].map(([key, row]) => ({ key, keyHash: BigInt(key.length) - 2n, ...row }));
  const bytes = ({ key }: { key: string }) => Buffer.from(key);
  all.sort((a, b) =>
    a.keyHash === b.keyHash ? Buffer.compare(bytes(a), bytes(b)) : Number(a.keyHash - b.keyHash),
  );
  for (const row of all) yield await Promise.resolve(row);
  return undefined;
}

const table = fc
  .array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 3 }), fc.constantFrom('1', '2'), fc.boolean()))
  .map((rows) => new Map(rows.map(([key, hash, swept]) => [key, { hash, swept }])));

test('every row that differs, is missing or is surplus is counted, unless it has been written since the position', async () => {
  await fc.assert(
    fc.asyncProperty(table, table, async (source, clean) => {
      const unswept = [...source].filter(([, { swept }]) => !swept);
      const missing = unswept.filter(([key]) => !clean.has(key));
      const different = unswept.filter(([key, { hash }]) => clean.has(key) && clean.get(key)!.hash !== hash);
      const surplus = [...clean.keys()].filter((key) => !source.has(key));
      expect(await compareRows(sorted(source), sorted(clean))).toEqual({
        missing: missing.length,
        different: different.length,
        surplus: surplus.length,
      });
    }),
    { numRuns: 500 },
  );
});
