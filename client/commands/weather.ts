import { defineCommand } from '../command.ts';

export const weatherCommand = defineCommand({
  name: 'weather',
  summary: 'observe the weather now, or fill missing hours',
  description:
    'Observes the weather at all places and waits until it is written. With --from, instead fills missing hours of the given time range from the history of the weather service. Ctrl-C ends the command, not the run, and prints how to cancel that.',
  options: {
    place: { value: 'place', description: 'only this place; can be repeated', repeatable: true },
    from: {
      value: 'time',
      description:
        'fill missing hours from this day of the place (2026-11-24) or instant (2026-11-24T08:00:00Z)',
    },
    to: { value: 'time', description: 'up to and including this day, or up to this instant; default: now' },
    noWait: { description: 'start the run and return at once' },
  },
  example: 'tidehouse weather --place minsk --from 2026-11-01 --to 2026-11-07',
  requires: 'context',
  run: async (context, options) => (await import('../run/weather.ts')).weather(context, options),
});
