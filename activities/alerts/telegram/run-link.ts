import type { RunReference } from '../../../model/incident.ts';

export interface RunLink {
  readonly label: string;
  readonly url: string;
}

/** The URL of the run's page in Temporal's Web UI. */
export function runUrl(webUi: string, namespace: string, { workflowId, runId }: RunReference): string {
  const path = [namespace, workflowId, runId].map(encodeURIComponent);
  return `${webUi.replace(/\/+$/, '')}/namespaces/${path[0]}/workflows/${path[1]}/${path[2]}/history`;
}

/** Whether the URL's host is public. Telegram rejects a message with a button to any other host. */
export function hasPublicHost(url: string): boolean {
  const { hostname } = new URL(url);
  const isPrivate = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|0\.|\[)/.test(
    hostname,
  );
  return hostname.includes('.') && !isPrivate && !/\.(local|internal|lan|localhost)$/.test(hostname);
}
