/** The name among `names` that `given` is most likely a slip of the keyboard for; undefined when none is near. */
export function similarName(given: string, names: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(given.length / 3));
  const near = [...names]
    .map((name) => ({ name, slips: slipsBetween(given.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, slips }) => slips <= limit && slips < name.length)
    .sort((a, b) => a.slips - b.slips);
  return near[0]?.name;
}

/** How many characters are missing, too many, wrong or in the place of their neighbours: the distance of Damerau and Levenshtein. */
function slipsBetween(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const wrong = rows[i - 1]![j - 1]! + Number(a[i - 1] !== b[j - 1]);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(wrong, rows[i - 1]![j]! + 1, row[j - 1]! + 1, swapped ? rows[i - 2]![j - 2]! + 1 : Infinity),
      );
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** ` (did you mean mail?)`, or nothing when no name is near. */
export function didYouMean(given: string, names: Iterable<string>): string {
  const similar = similarName(given, names);
  return similar === undefined ? '' : ` (did you mean ${similar}?)`;
}
