import { defineCommand } from '../command.ts';

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'check everything that a run needs',
  description:
    'Checks from this machine everything that a run needs: the config, Temporal, its workers and schedules, each source and table, the warehouse, the folders, the weather service and the chats. Prints what to do about each problem, and changes nothing. Until something has landed, what is not set up yet is marked as next, in the order in which to do it. With an error in the config it checks only Temporal and exits with code 2; while a check has failed or is next, it exits with code 1.',
  example: 'tidehouse doctor --json',
  requires: 'location',
  run: async (location) => (await import('../doctor/doctor.ts')).doctor(location),
});
