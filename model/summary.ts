/** Temporal accepts summaries of up to 400 bytes of JSON; less than half of that leaves space for JSON escapes. */
const maxBytes = 190;

/** The first line of `text` as the summary of a workflow or an activity, cut to the length that Temporal accepts. */
export function summaryOf(text: string): string {
  const [line = ''] = text.split(/\p{Cc}/u, 1);
  const { read } = new TextEncoder().encodeInto(line, new Uint8Array(maxBytes));
  return read < line.length ? `${line.slice(0, read)}…` : line;
}
