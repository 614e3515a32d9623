import { rulesFor } from '../../../model/choose-tables.ts';
import type { Config } from '../../../model/config.ts';
import type { Position } from '../../../model/position.ts';
import { isOfStar } from '../warehouse/session-analytics.ts';
import { saltId } from './salt.ts';
import type { SurveyRequest } from './survey.ts';

/** The tables of `source` to look for, by the config and by what has landed. */
export function surveyRequest(
  config: Config,
  source: string,
  { batchId, tables, heldBack }: Position,
  salt: string | undefined,
): SurveyRequest {
  const isNew = (table: string) => !tables.has(table) && !heldBack.has(table);
  return {
    source,
    rules: rulesFor(config, source),
    hasLanded: (table) => tables.has(table),
    ignores: (table) => config.newTables === 'ignore' && batchId !== null && isNew(table),
    unmarkable: (table) => config.analytics === 'sessions' && isOfStar(table),
    ...(salt !== undefined && { saltId: saltId(salt) }),
  };
}
