import { hostname, userInfo } from 'node:os';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { packageRoot } from '../local/package-root.ts';

/**
 * A history as it is kept for replay, without what tells of the machine that it comes from: stack traces, who has polled,
 * and what `names` says for addresses and folders. Throws when something is left.
 */
export function scrubbedHistory(
  history: Parameters<typeof historyToJSON>[0],
  names: Readonly<Record<string, string>>,
): string {
  const named = Object.entries(names).reduce(
    (json, [name, instead]) => json.replaceAll(name, instead),
    historyToJSON(history),
  );
  let payloads = '';
  const scrubbed: unknown = JSON.parse(named, (key, value: unknown) => {
    if (key === 'data' && typeof value === 'string')
      payloads += Buffer.from(value, 'base64').toString('utf8');
    if (key === 'stackTrace') return '';
    return key === 'identity' && value !== 'history-service' ? 'recorder' : value;
  });
  const text = `${JSON.stringify(scrubbed, undefined, 1)}\n`;
  const left = [packageRoot, hostname(), userInfo().homedir].filter(
    (secret) => text.includes(secret) || payloads.includes(secret),
  );
  if (left.length > 0) throw new Error(`The history tells ${left.join(', ')}.`);
  return text;
}
