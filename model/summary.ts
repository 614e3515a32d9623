/** Temporal takes 400 bytes of a summary, as JSON: half of it leaves room for what JSON escapes. */
const mostBytes = 190;

/** The first line of `text` as the summary of a workflow or an activity, cut to what Temporal takes. */
export function summaryOf(text: string): string {
  const [line = ''] = text.split(/\p{Cc}/u, 1);
  const { read } = new TextEncoder().encodeInto(line, new Uint8Array(mostBytes));
  return read < line.length ? `${line.slice(0, read)}…` : line;
}
