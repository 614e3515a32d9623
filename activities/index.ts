import type { ConfigReader } from '../model/config.ts';
import { createExtract } from './sync/extract.ts';
import type { Observer } from './sync/extract.ts';
import { defaultLimits } from './postgres/timeouts.ts';
import type { Limits } from './postgres/timeouts.ts';
import { createFillHours } from './weather/fill-hours.ts';
import { createListPlaces } from './weather/list-places.ts';
import { createListSources } from './sync/list-sources.ts';
import { createLoadRaw } from './sync/load-raw.ts';
import { createLookAround } from './alerts/check-health.ts';
import { createObserve } from './weather/observe.ts';
import { createPing } from './alerts/ping.ts';
import { createRecordFailure } from './sync/record-failure.ts';
import { createRefreshViews } from './sync/refresh-views.ts';
import { createListChats, createTell } from './alerts/notify.ts';
import { createUpsert } from './sync/upsert.ts';
import { createWriteWeather } from './weather/write-weather.ts';

export interface Surroundings {
  readonly config: ConfigReader;
  readonly limits?: Limits;
  readonly observe?: Observer;
}

/**
 * All steps, in the order in which rows pass through them. The worker registers them, those of the weather's files on a
 * queue of their own; workflows know their types.
 */
export function createActivities({ config, limits = defaultLimits, observe }: Surroundings) {
  return {
    listSources: createListSources(config),
    extract: createExtract(config, limits, observe),
    loadRaw: createLoadRaw(config, limits),
    upsert: createUpsert(config, limits),
    refreshViews: createRefreshViews(config, limits),
    recordFailure: createRecordFailure(config, limits),
    listPlaces: createListPlaces(config),
    observe: createObserve(config, limits),
    writeWeather: createWriteWeather(config),
    fillHours: createFillHours(config, limits),
    lookAround: createLookAround(config, limits),
    listChats: createListChats(config),
    tell: createTell(config, limits),
    ping: createPing(config, limits),
  };
}

export type Activities = ReturnType<typeof createActivities>;
