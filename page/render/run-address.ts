import { runUrl } from '../../activities/alerts/telegram/run-link.ts';
import type { PageData } from '../page-data.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

/** The address of a run in the Web UI; undefined when the config does not say where that is. */
export function runAddress({ webUi, namespace }: Pick<PageData, 'webUi' | 'namespace'>, run: Run) {
  return webUi === undefined ? undefined : runUrl(webUi, namespace, run);
}

/** Whether an address is only for the machine that it is on. */
export function isLoopback(address: string): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(address).hostname);
}

/** The content as a link to a run, where there is an address. */
export function linked(address: string | undefined, content: Html | string): Html {
  return address === undefined ? html`${content}` : html`<a href="${address}">${content}</a>`;
}
