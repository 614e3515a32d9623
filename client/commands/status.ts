import { defineCommand } from '../command.ts';

export const statusCommand = defineCommand({
  name: 'status',
  summary: 'show freshness, schedules, weather and open incidents',
  description:
    'Shows how fresh the warehouse is and how many rows it has, per source and table, then the schedules, the hours of weather in the files, and the open incidents. Without Temporal it still shows the warehouse and the weather.',
  options: {
    watch: { description: 'redraw every two seconds until Ctrl-C' },
  },
  example: 'tidehouse status --watch',
  requires: 'context',
  run: async (context, options) => (await import('../status/status.ts')).status(context, options),
});
