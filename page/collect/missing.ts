import { codeOf } from '../../activities/postgres/errors.ts';

/** The sentence for a part that could not be read. Failures of Tidehouse name what happened and never a secret. */
export function missing(error: unknown): { readonly missing: string } {
  if (codeOf(error) === '57014') return { missing: 'The warehouse took longer than two seconds for this.' };
  if (error instanceof Error && error.name === 'TimeoutError')
    return { missing: 'The warehouse took longer than six seconds to answer.' };
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.split('\n', 1);
  return { missing: `${line.charAt(0).toUpperCase()}${line.slice(1)}` };
}
