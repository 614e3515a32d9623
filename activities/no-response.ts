import { isAxiosError } from 'axios';
import { networkProblem } from '../model/network-problem.ts';

/** What the codes mean that no failed connection has. */
const meanings: readonly (readonly [code: RegExp, meaning: string])[] = [
  [/^(ERR_CANCELED|ECONNABORTED)$/, 'no answer in time'],
  [
    /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_.*)$/,
    'its certificate is not trusted',
  ],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for another name'],
  [/^(EPROTO|ERR_SSL_.*)$/, 'no TLS connection'],
  [/^HPE_/, 'no HTTP response'],
];

/** Why a request got no response, in words that name neither its address nor its host: either may be a secret. */
export function whyNoResponse(error: unknown): string {
  if (!isAxiosError(error) || error.code === undefined) return 'no response';
  const { code } = error;
  const meaning = meanings.find(([pattern]) => pattern.test(code))?.[1];
  // Of a connection that has been closed, Node's message does not have the code.
  return meaning ?? networkProblem({ code, message: code }) ?? code;
}
