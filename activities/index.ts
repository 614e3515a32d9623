import type { ConfigReader } from '../model/config.ts';
import { createExtract } from './extract.ts';
import type { Observer } from './extract.ts';
import { defaultLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import { createListSources } from './list-sources.ts';
import { createLoadRaw } from './load-raw.ts';
import { createRecordFailure } from './record-failure.ts';
import { createRefreshViews } from './refresh-views.ts';
import { createUpsert } from './upsert.ts';

export interface Surroundings {
  readonly config: ConfigReader;
  readonly limits?: Limits;
  readonly observe?: Observer;
}

/** All steps, in the order in which rows pass through them. The worker registers them; workflows know their types. */
export function createActivities({ config, limits = defaultLimits, observe }: Surroundings) {
  return {
    listSources: createListSources(config),
    extract: createExtract(config, limits, observe),
    loadRaw: createLoadRaw(config, limits),
    upsert: createUpsert(config, limits),
    refreshViews: createRefreshViews(config, limits),
    recordFailure: createRecordFailure(config, limits),
  };
}

export type Activities = ReturnType<typeof createActivities>;
