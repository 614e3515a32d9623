/** What the codes of a failed connection mean, and how the other side is joined to that. */
const meanings: Readonly<Record<string, readonly [problem: string, join: string]>> = {
  ECONNREFUSED: ['connection refused', ' by '],
  ECONNRESET: ['connection reset', ' by '],
  EPIPE: ['connection closed', ' by '],
  ETIMEDOUT: ['no answer', ' from '],
  EHOSTUNREACH: ['no route', ' to '],
  ENETUNREACH: ['no network', ' to '],
  ENOTFOUND: ['no such host', ': '],
  EAI_AGAIN: ['the name server does not answer', ' about '],
};

/** What Node says of a network error; several where a name stands for several addresses. */
interface NetworkError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly hostname?: unknown;
  readonly errors?: unknown;
}

/**
 * What came of a connection in words, with the other side where Node names it: `connection refused by 10.0.0.5:5432`. Undefined
 * for an error that is not one of Node's about a connection.
 */
export function networkProblem(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, message, errors }: NetworkError = error;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  if (message === '' && Array.isArray(errors)) return networkProblem(errors[0]);
  const meaning = meanings[code];
  if (!meaning || !message.split(' ').includes(code)) return undefined;
  const [problem, join] = meaning;
  const side = otherSide(error);
  return side === undefined ? problem : `${problem}${join}${side}`;
}

function otherSide({ address, port, hostname }: NetworkError): string | undefined {
  if (typeof hostname === 'string') return hostname;
  if (typeof address !== 'string') return undefined;
  if (typeof port !== 'number') return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
