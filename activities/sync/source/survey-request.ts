import { rulesFor } from '../../../model/choose-tables.ts';
import type { Config } from '../../../model/config.ts';
import type { Position } from '../../../model/position.ts';
import type { RenamedOf } from '../warehouse/column-names.ts';
import { columnsOfStar } from '../warehouse/session-analytics.ts';
import { saltId } from './salt.ts';
import type { SurveyRequest } from './survey.ts';

/**
 * The tables of `source` to look for, by the config and by what has landed. A column keeps its name in the warehouse while
 * another source has not renamed it, and where the session analytics read it; `readShared` is asked once about each.
 */
export function surveyRequest(
  config: Config,
  source: string,
  { batchId, tables, heldBack }: Position,
  salt: string | undefined,
  shared: (renamed: readonly RenamedOf[]) => Promise<readonly RenamedOf[]>,
): SurveyRequest {
  const isNew = (table: string) => !tables.has(table) && !heldBack.has(table);
  const analysed = (table: string) => (config.analytics === 'sessions' ? columnsOfStar(table) : undefined);
  return {
    source,
    rules: rulesFor(config, source),
    hasLanded: (table) => tables.has(table),
    ignores: (table) => config.newTables === 'ignore' && batchId !== null && isNew(table),
    analysed,
    known: new Map([...tables].map(([table, { shape }]) => [table, shape])),
    keepNames: rememberingKept((table) => analysed(table) !== undefined, shared),
    ...(salt !== undefined && { saltId: saltId(salt) }),
  };
}

/**
 * Says of renamed columns which of them keep their names: always the same of one column, so that the surveys of one attempt
 * agree while other sources land.
 */
function rememberingKept(
  always: (table: string) => boolean,
  shared: (renamed: readonly RenamedOf[]) => Promise<readonly RenamedOf[]>,
): NonNullable<SurveyRequest['keepNames']> {
  const keeps = new Map<string, boolean>();
  return async (renamed) => {
    const unknown = renamed.filter((each) => !always(each.table) && !keeps.has(JSON.stringify(each)));
    const found = unknown.length > 0 ? await shared(unknown) : [];
    for (const each of unknown) keeps.set(JSON.stringify(each), found.includes(each));
    return renamed.filter((each) => always(each.table) || keeps.get(JSON.stringify(each)));
  };
}
