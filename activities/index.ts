import type { ConfigReader } from '../model/config.ts';
import { createCheckHealth } from './alerts/check-health.ts';
import { createListChats, createNotify } from './alerts/notify.ts';
import { createPing } from './alerts/ping.ts';
import type { Timeouts } from './postgres/timeouts.ts';
import { defaultTimeouts } from './postgres/timeouts.ts';
import { createAuditSource } from './sync/audit.ts';
import { createExtract } from './sync/extract.ts';
import type { ExtractOptions } from './sync/extract.ts';
import { createFirstLoad } from './sync/first-load.ts';
import { createListAudits } from './sync/list-audits.ts';
import { createListSources } from './sync/list-sources.ts';
import { createLoadRaw } from './sync/load-raw.ts';
import { createRecordFailure } from './sync/record-failure.ts';
import { createRefreshViews } from './sync/refresh-views.ts';
import { createUpsert } from './sync/upsert.ts';
import { createFillHours } from './weather/fill-hours.ts';
import { createListPlaces } from './weather/list-places.ts';
import { createObserve } from './weather/observe.ts';
import { createWriteWeather } from './weather/write-weather.ts';

export interface ActivitiesOptions extends ExtractOptions {
  readonly config: ConfigReader;
  readonly timeouts?: Timeouts;
}

/**
 * All activities, in the order of their flows. The worker registers them, those that write weather files on a queue of
 * their own; workflows know only their types.
 */
export function createActivities({ config, timeouts = defaultTimeouts, ...options }: ActivitiesOptions) {
  const environment = { config, timeouts };
  return {
    listSources: createListSources(config),
    extract: createExtract(environment, options),
    firstLoad: createFirstLoad(environment, options),
    loadRaw: createLoadRaw(environment),
    upsert: createUpsert(environment),
    refreshViews: createRefreshViews(environment),
    recordFailure: createRecordFailure(environment),
    listAudits: createListAudits(environment),
    auditSource: createAuditSource(environment),
    listPlaces: createListPlaces(config),
    observe: createObserve(environment),
    writeWeather: createWriteWeather(environment),
    fillHours: createFillHours(environment),
    checkHealth: createCheckHealth(config, timeouts),
    listChats: createListChats(config),
    notify: createNotify(config, timeouts),
    ping: createPing(config, timeouts),
  };
}

export type Activities = ReturnType<typeof createActivities>;
