import { defineCommand } from '../command.ts';

export const statusCommand = defineCommand({
  name: 'status',
  summary: 'show freshness, schedules, weather and open incidents',
  description:
    'Shows how fresh the warehouse is and how many rows it has, per source and table, then the schedules, the hours of weather in the files, and the open incidents. When Temporal, the warehouse or the weather folder cannot be read, or the config is invalid, it shows the rest, prints the reason, and exits with code 3, 3, 1 or 2.',
  options: {
    watch: { description: 'redraw every two seconds until Ctrl-C' },
  },
  example: 'tidehouse status --watch',
  requires: 'location',
  run: async (location, options) => (await import('../status/status.ts')).status(location, options),
});
