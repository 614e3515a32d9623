import type { ApplicationFailure } from '@temporalio/common';
import axios, { AxiosError, isAxiosError } from 'axios';
import { whyNoResponse } from '../no-response.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import type { Cause, FailureOptions } from '../../model/failure.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';

/** A weather service, for one place. */
export interface WebService {
  /** The subject of its failures: the name of the place. */
  readonly place: string;
  /** The display name: `OpenWeather`. */
  readonly name: string;
  readonly url: string;
  readonly timeoutMs: number;
  /** Must never appear in a failure, even if the service repeats it. */
  readonly secret?: string;
}

/** The pause after a 429 without a Retry-After header. */
const defaultRetryAfterSeconds = 60;
const maxResponseBytes = 20_000_000;

/**
 * The JSON document at `path`. Throws an ApplicationFailure: a final one when the config (the key, the address) has to be
 * changed, a temporary one when another attempt may succeed, with the pause that the service asks for.
 */
export async function getJson(
  service: WebService,
  path: string,
  params: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
): Promise<unknown> {
  const { status, headers, data } = await get(service, path, params, signal);
  if (status < 200 || status > 299) throw refused(service, status, data, headers['retry-after']);
  try {
    return JSON.parse(data) as unknown;
  } catch {
    throw noObservation(service, `the response of ${service.name} is not JSON: ${excerpt(service, data)}`);
  }
}

/** A temporary failure: the response does not have a usable observation. */
export function noObservation(service: WebService, problem: string, advice?: string): ApplicationFailure {
  return failure(service, failureTypes.noObservation, { problem, ...(advice !== undefined && { advice }) });
}

async function get(
  service: WebService,
  path: string,
  params: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
) {
  const { url, timeoutMs } = service;
  try {
    return await axios.get<string>(`${url.replace(/\/+$/, '')}${path}`, {
      params,
      responseType: 'text',
      // Not axios's own timeout: it does not end a response that trickles forever, and during name resolution it is the
      // five seconds of Node's agent instead.
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      maxContentLength: maxResponseBytes,
      maxRedirects: 0,
      validateStatus: () => true,
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    // Not passed on as the cause: the error contains the request, and with it the key.
    throw failure(service, failureTypes.unavailable, { problem: requestProblem(service, error) });
  }
}

function requestProblem({ name, url, timeoutMs }: WebService, error: unknown): string {
  const server = `${name} at ${new URL(url).host}`;
  if (!isAxiosError(error)) return `the request to ${server} failed`;
  if (error.code === 'ERR_CANCELED')
    return `${server} sent no complete response within ${timeoutMs / 1000} s`;
  // A connection that is reset has the same code, and the response so far.
  if (error.code === AxiosError.ERR_BAD_RESPONSE && error.response === undefined)
    return `${server} sent a response of more than ${maxResponseBytes / 1e6} MB`;
  return `the request to ${server} failed (${whyNoResponse(error)})`;
}

function refused(service: WebService, status: number, body: string, retryAfter: unknown): ApplicationFailure {
  const problem = `${service.name} returned ${status} (${messageIn(service, body)})`;
  if (status === 401 || status === 403) {
    const advice =
      'Correct weather.api_key, unblock the key, or wait two hours if it is new; then run: tidehouse weather';
    return failure(service, failureTypes.cannotRead, { problem, advice }, { final: true });
  }
  if (status === 429) {
    const seconds = retryAfterSeconds(retryAfter) ?? defaultRetryAfterSeconds;
    const advice = `The next attempt is made after ${seconds} s.`;
    return failure(service, failureTypes.unavailable, { problem, advice }, { retryAfterMs: seconds * 1_000 });
  }
  if (status < 500 && status !== 408) {
    const advice = 'Correct the place, or weather.url.';
    return failure(service, failureTypes.cannotRead, { problem, advice }, { final: true });
  }
  return failure(service, failureTypes.unavailable, { problem });
}

function failure(
  { place }: WebService,
  type: string,
  cause: Cause,
  options?: FailureOptions,
): ApplicationFailure {
  return createFailure(type, { place, causes: [cause] }, options);
}

/** The error in a response: OpenWeather's `message`, Open-Meteo's `reason`, or the beginning of a proxy's page. */
function messageIn(service: WebService, body: string): string {
  try {
    const { message, reason } = JSON.parse(body) as Record<string, unknown>;
    const text = message ?? reason;
    if (typeof text === 'string') return excerpt(service, text);
  } catch {
    // Not JSON.
  }
  return excerpt(service, body);
}

function excerpt({ secret }: WebService, text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const redacted = secret ? line.replaceAll(everyEncodingOf(secret), '…') : line;
  return redacted.length > 120 ? `${redacted.slice(0, 120)}…` : redacted || 'empty response';
}

/** Matches the secret in any URL encoding, whichever of its characters are percent-encoded. */
function everyEncodingOf(secret: string): RegExp {
  const characters = Array.from(secret, (character) => {
    const bytes = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`);
    const plain = `\\u{${character.codePointAt(0)!.toString(16)}}`;
    return `(?:${plain}|${bytes.join('')}${character === ' ' ? '|\\+' : ''})`;
  });
  return new RegExp(characters.join(''), 'giu');
}
