import { historyToJSON } from '@temporalio/common/lib/proto-utils';

/**
 * A history as JSON for replay tests, without what identifies the machines that recorded it: no stack traces, no
 * identities of workers (the queues of single workers are named for them too), and each key of `replacements` (an
 * address, a folder) replaced by its value.
 */
export function anonymousHistory(
  history: Parameters<typeof historyToJSON>[0],
  replacements: Readonly<Record<string, string>>,
): string {
  const json = historyToJSON(history);
  const pollers = [...json.matchAll(/"identity": "([^"]+)"/g)].map(([, identity]) => identity!);
  const anonymous: unknown = JSON.parse(
    Object.entries(replacements).reduce((text, [given, instead]) => text.replaceAll(given, instead), json),
    (key, value: unknown) => {
      if (key === 'stackTrace') return '';
      if (key === 'identity' && value !== 'history-service') return 'recorder';
      const poller = key === 'name' && pollers.find((each) => String(value).startsWith(`${each}-`));
      return poller ? String(value).replace(poller, 'recorder') : value;
    },
  );
  return `${JSON.stringify(anonymous, undefined, 1)}\n`;
}
