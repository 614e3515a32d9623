/** The names of the queues, workflows and schedules in Temporal. Never rename one that may be running. */
export const taskQueue = 'tidehouse';
/** The queue of the activities that touch the weather folder: only workers that mount it poll this queue. */
export const filesQueue = 'files';
export const taskQueues = [taskQueue, filesQueue] as const;
export type Queue = (typeof taskQueues)[number];
export const workflowTypes = {
  sync: 'sync',
  syncSource: 'syncSource',
  weather: 'weather',
  weatherPlace: 'weatherPlace',
  audit: 'audit',
  alerts: 'alerts',
  incident: 'incident',
  mute: 'mute',
} as const;
export const syncScheduleId = 'sync';
export const weatherScheduleId = 'weather';
export const auditScheduleId = 'audit';
export const alertsScheduleId = 'alerts';

/** The workflow id of a source's child. Temporal runs one workflow per id at a time, so the id is the source's mutex. */
export function syncSourceId(source: string): string {
  return `sync-source/${source}`;
}

/** The workflow id of the child that writes a place's files, and so the mutex of these files. */
export function weatherPlaceId(place: string): string {
  return `weather/${place}`;
}

/** The query that a running `sync` or `syncSource` answers with its progress. */
export const progressQuery = 'progress';
