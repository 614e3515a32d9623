import type { RunReference } from '../../../model/incident.ts';

export interface RunLink {
  readonly label: string;
  readonly url: string;
}

/** The page of the run in Temporal's Web UI. */
export function runUrl(webUi: string, namespace: string, { workflowId, runId }: RunReference): string {
  const path = [namespace, workflowId, runId].map(encodeURIComponent);
  return `${webUi.replace(/\/+$/, '')}/namespaces/${path[0]}/workflows/${path[1]}/${path[2]}/history`;
}

/** Whether Telegram accepts the URL in a button: it refuses one to any other host, and the whole message with it. */
export function hasPublicHost(url: string): boolean {
  const { hostname } = new URL(url);
  const isPrivate = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|0\.|\[)/.test(
    hostname,
  );
  return hostname.includes('.') && !isPrivate && !/\.(local|internal|lan|localhost)$/.test(hostname);
}
