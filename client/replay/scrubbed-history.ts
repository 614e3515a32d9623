import { historyToJSON } from '@temporalio/common/lib/proto-utils';

/**
 * A history as it is kept for replay, without what tells of the machines that it comes from: stack traces, who has polled
 * (which the queues of single workers are named for too), and what `names` says for addresses and folders.
 */
export function scrubbedHistory(
  history: Parameters<typeof historyToJSON>[0],
  names: Readonly<Record<string, string>>,
): string {
  const json = historyToJSON(history);
  const pollers = [...json.matchAll(/"identity": "([^"]+)"/g)].map(([, identity]) => identity!);
  const scrubbed: unknown = JSON.parse(
    Object.entries(names).reduce((text, [name, instead]) => text.replaceAll(name, instead), json),
    (key, value: unknown) => {
      if (key === 'stackTrace') return '';
      if (key === 'identity' && value !== 'history-service') return 'recorder';
      const poller = key === 'name' && pollers.find((each) => String(value).startsWith(`${each}-`));
      return poller ? String(value).replace(poller, 'recorder') : value;
    },
  );
  return `${JSON.stringify(scrubbed, undefined, 1)}\n`;
}
