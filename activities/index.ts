import type { ConfigReader } from '../model/config.ts';
import { createExtract } from './extract.ts';
import type { Observer } from './extract.ts';
import { defaultLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import { createFillHours } from './fill-hours.ts';
import { createListPlaces } from './list-places.ts';
import { createListSources } from './list-sources.ts';
import { createLoadRaw } from './load-raw.ts';
import { createLookAround } from './look-around.ts';
import { createObserve } from './observe.ts';
import { createPing } from './ping.ts';
import { createRecordFailure } from './record-failure.ts';
import { createRefreshViews } from './refresh-views.ts';
import { createListChats, createTell } from './tell.ts';
import { createUpsert } from './upsert.ts';
import { createWriteWeather } from './write-weather.ts';

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
