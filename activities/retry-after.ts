const maxSeconds = 86_400;

/** A Retry-After header, which has seconds or a date, in seconds: from 1 to a day. Undefined without a readable one. */
export function retryAfterSeconds(header: unknown): number | undefined {
  if (typeof header !== 'string') return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), maxSeconds) : undefined;
}
