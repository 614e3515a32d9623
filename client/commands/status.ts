import { defineCommand } from '../command.ts';

export const statusCommand = defineCommand({
  name: 'status',
  summary: 'show freshness, schedules, weather and open incidents',
  description:
    'Shows how fresh the warehouse is and how many rows it has, per source and table, then the schedules, the hours of weather in the files, and the open incidents. When a part cannot be read, it shows the rest, prints the reason and fails: with code 3 for Temporal or the warehouse, with code 2 for an invalid config, otherwise with code 1.',
  options: {
    watch: {
      description:
        'show it on a screen of its own until Ctrl-C, anew every two seconds, what has a problem first',
    },
  },
  example: 'tidehouse status --watch',
  requires: 'location',
  run: async (location, options) => (await import('../status/status.ts')).status(location, options),
});
