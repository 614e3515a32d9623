import { historyToJSON } from '@temporalio/common/lib/proto-utils';

/**
 * A history as JSON for replay tests, without anything that identifies the machines that recorded it: no stack traces, no
 * identities of workers (which are also in the names of sticky queues), and with each key of `replacements` (an address, a
 * folder) replaced by its value, in payloads too.
 */
export function anonymousHistory(
  history: Parameters<typeof historyToJSON>[0],
  replacements: Readonly<Record<string, string>>,
): string {
  const json = historyToJSON(history);
  const pollers = [...json.matchAll(/"identity": "([^"]+)"/g)].map(([, identity]) => identity!);
  const replaced = (text: string) =>
    Object.entries(replacements).reduce(
      (all, [original, instead]) => all.replaceAll(original, instead),
      text,
    );
  const anonymous: unknown = JSON.parse(json, (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (key === 'stackTrace') return '';
    if (key === 'identity' && value !== 'history-service') return 'recorder';
    if (key === 'data') return base64(replaced(Buffer.from(value, 'base64').toString('utf8')), value);
    const poller = key === 'name' && pollers.find((each) => value.startsWith(`${each}-`));
    return poller ? value.replace(poller, 'recorder') : replaced(value);
  });
  return `${JSON.stringify(anonymous, undefined, 1)}\n`;
}

/** The text as a payload's data; `original` when nothing was replaced, so data that is not text stays intact. */
function base64(text: string, original: string): string {
  const unchanged = Buffer.from(original, 'base64').toString('utf8') === text;
  return unchanged ? original : Buffer.from(text).toString('base64');
}
