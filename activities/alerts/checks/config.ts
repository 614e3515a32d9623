import { failureTypes } from '../../../model/failure.ts';
import type { Problem } from '../../../model/incident.ts';
import type { CheckContext } from './context.ts';

/** Reports an invalid config, whose errors are in `configError`. */
export function checkConfig({ now }: Pick<CheckContext, 'now'>, configError: string | undefined): Problem[] {
  if (configError === undefined) return [];
  const failure = { type: failureTypes.badConfig, message: configError };
  return [{ subject: 'config', kind: 'invalid config', since: new Date(now).toISOString(), failure }];
}
