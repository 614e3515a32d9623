import type { Readable } from 'node:stream';
import type { ApplicationFailure } from '@temporalio/common';
import axios from 'axios';
import { webhookName } from '../../model/alerts-config.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import { whyNoResponse } from '../no-response.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import type { WebhookBody } from './webhook-body.ts';

/** The webhook with its secrets revealed. */
export interface Webhook {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/**
 * Posts the message to the webhook, which accepts it with any status from 200 to 299. Throws a failure that contains
 * neither the address nor a header: temporary in an outage (with the delay that the service asks for), final when the
 * config has to be changed. A redirect is not followed, because the headers may carry a key.
 */
export async function deliver(
  { url, headers, timeoutMs }: Webhook,
  body: WebhookBody,
  signal: AbortSignal,
): Promise<void> {
  if (!/^https?:/.test(url) || !URL.canParse(url))
    throw cannotNotify('its address is not that of a web service (https://…)');
  const response = await axios
    .post<Readable>(url, body, {
      headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': body.id },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      maxRedirects: 0,
      // The status is the answer; its body is not read.
      responseType: 'stream',
      validateStatus: () => true,
    })
    .catch((error: unknown) => {
      // The original error has the address and the headers in it, so it is not passed on.
      throw unavailable(`it could not be reached (${whyNoResponse(error)})`);
    });
  response.data.destroy();
  const { status } = response;
  if (status >= 200 && status <= 299) return;
  const problem = `it returned ${status}`;
  const seconds = retryAfterSeconds(response.headers['retry-after']);
  if (status === 408 || status === 429 || status >= 500)
    throw unavailable(problem, seconds === undefined ? undefined : seconds * 1_000);
  throw cannotNotify(problem);
}

function cannotNotify(problem: string): ApplicationFailure {
  return createFailure(
    failureTypes.cannotNotify,
    { chat: webhookName, causes: [{ problem, advice: 'Check alerts.webhook in the config.' }] },
    { final: true },
  );
}

function unavailable(problem: string, retryAfterMs?: number): ApplicationFailure {
  return createFailure(
    failureTypes.unavailable,
    { chat: webhookName, causes: [{ problem }] },
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}
