import { isAxiosError } from 'axios';
import { networkProblem } from '../model/network-problem.ts';

/** Why a request got no response, in words that name neither its address nor its host: either may be a secret. */
export function whyNoResponse(error: unknown): string {
  if (!isAxiosError(error)) return 'no response';
  const { code, message } = error;
  return networkProblem({ code, message }) ?? code ?? 'no response';
}
