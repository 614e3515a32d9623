/** The wire names: how Temporal knows our queues, workflows and schedules. Never rename one that may be running. */
export const taskQueue = 'tidehouse';
/** For the activities that touch the weather folder: only workers that mount it poll this queue. */
export const filesQueue = 'files';
export const taskQueues = [taskQueue, filesQueue] as const;
export type Queue = (typeof taskQueues)[number];
export const workflowTypes = {
  sync: 'sync',
  syncSource: 'syncSource',
  weather: 'weather',
  weatherPlace: 'weatherPlace',
  alerts: 'alerts',
  incident: 'incident',
} as const;
export const syncScheduleId = 'sync';
export const weatherScheduleId = 'weather';
export const alertsScheduleId = 'alerts';

/** The id of the child that reads a source. Temporal runs one workflow of an id at a time, so it is the source's mutex. */
export function syncSourceId(source: string): string {
  return `sync-source/${source}`;
}

/** The id of the child that writes a place's files, and so their mutex. */
export function weatherPlaceId(place: string): string {
  return `weather/${place}`;
}

/** What a running `sync` or `syncSource` answers with its progress. */
export const progressQuery = 'progress';
