/**
 * An instant as ISO 8601 in UTC with microseconds, from the text of `extract(epoch from …)`, which unlike the text of a
 * timestamp does not depend on the session's settings. It is exact for Postgres 13 too, where the epoch is a double: the
 * shortest text of a double near 2³¹ that has whole microseconds has at most six decimals.
 */
export function isoTime(epochSeconds: string): string {
  const [seconds = '', fraction = ''] = epochSeconds.split('.');
  const time = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${time}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}
