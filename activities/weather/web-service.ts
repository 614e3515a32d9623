import { ApplicationFailure } from '@temporalio/activity';
import axios, { isAxiosError } from 'axios';
import { failureTypes } from '../../model/failure.ts';

/** A weather service as a step meets it: where it is, and how a failure names it. */
export interface WebService {
  /** `place "minsk", OpenWeather`. */
  readonly says: string;
  readonly url: string;
  readonly timeoutMs: number;
  /** What must never be repeated, whoever says it. */
  readonly secret?: string;
}

/** A service that is asked too often says when to come again; one that does not is left alone for a minute. */
const politePauseSeconds = 60;
const longestAnswer = 20_000_000;

/**
 * The JSON document at `path`. Throws an ApplicationFailure: final when somebody has to change the config (a key, an
 * address), passing for all that another time may cure, with the pause that the service asked for.
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
    throw noObservation(service, `answered with what is no JSON: ${excerpt(service, data)}`);
  }
}

/** A passing failure: the answer is no weather that could be written. */
export function noObservation({ says }: WebService, what: string): ApplicationFailure {
  return ApplicationFailure.create({ type: failureTypes.noObservation, message: `${says} ${what}.` });
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
      // Not axios' own time-out: it lets a body drip forever, and is over after the five seconds that Node's agent gives a
      // socket where the name is still being looked up.
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      maxContentLength: longestAnswer,
      maxRedirects: 0,
      validateStatus: () => true,
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    // The error itself holds the request, and with it the key.
    throw ApplicationFailure.create({
      type: failureTypes.unavailable,
      message: `${service.says} at ${new URL(url).host} ${unanswered(error, timeoutMs)}; this is tried again.`,
    });
  }
}

function unanswered(error: unknown, timeoutMs: number): string {
  if (!isAxiosError(error)) return 'could not be asked';
  if (error.code === 'ERR_CANCELED') return `gave no whole answer within ${timeoutMs / 1000} s`;
  if (error.message.startsWith('maxContentLength')) return 'answered with far more than weather';
  return `could not be asked (${error.code ?? 'no answer'})`;
}

function refused(service: WebService, status: number, body: string, retryAfter: unknown): ApplicationFailure {
  const said = `${service.says} answered ${status} (${sentenceIn(service, body)})`;
  if (status === 401 || status === 403)
    return final(
      `${said}; correct weather.api_key, unblock the key, or wait two hours when it is a new one, and run: tidehouse weather`,
    );
  if (status === 429)
    return ApplicationFailure.create({
      type: failureTypes.unavailable,
      message: `${said}; it is asked again when it has said so, or after ${politePauseSeconds} s.`,
      nextRetryDelay: `${secondsOf(retryAfter) ?? politePauseSeconds} seconds`,
    });
  if (status < 500 && status !== 408) return final(`${said}; correct the place, or weather.url`);
  return ApplicationFailure.create({
    type: failureTypes.unavailable,
    message: `${said}; this is tried again.`,
  });
}

function final(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: failureTypes.cannotRead,
    message: `${message}.`,
    nonRetryable: true,
  });
}

/** Retry-After in seconds, which it gives as such or as a date. */
function secondsOf(retryAfter: unknown): number | undefined {
  if (typeof retryAfter !== 'string') return undefined;
  const seconds = /^\d+$/.test(retryAfter)
    ? Number(retryAfter)
    : Math.ceil((Date.parse(retryAfter) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), 86_400) : undefined;
}

/** OpenWeather says `message`, Open-Meteo says `reason`; a proxy says a page. */
function sentenceIn(service: WebService, body: string): string {
  try {
    const { message, reason } = JSON.parse(body) as Record<string, unknown>;
    const said = message ?? reason;
    if (typeof said === 'string') return excerpt(service, said);
  } catch {
    // Not JSON.
  }
  return excerpt(service, body);
}

function excerpt({ secret }: WebService, text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const open = secret ? line.replaceAll(anyFormOf(secret), '…') : line;
  return open.length > 120 ? `${open.slice(0, 120)}…` : open || 'an empty answer';
}

/** Finds the secret as it is and as a URL may write it, whichever of its characters that encodes. */
function anyFormOf(secret: string): RegExp {
  const characters = Array.from(secret, (character) => {
    const bytes = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`);
    const plain = `\\u{${character.codePointAt(0)!.toString(16)}}`;
    return `(?:${plain}|${bytes.join('')}${character === ' ' ? '|\\+' : ''})`;
  });
  return new RegExp(characters.join(''), 'giu');
}
