import { defineCommand } from '../command.ts';

export const syncCommand = defineCommand({
  name: 'sync',
  summary: 'sync the sources now and wait for the result',
  description:
    'Starts a sync, shows its progress and waits for it. If a source is being synced already, waits for that run and then runs once more, so exit code 0 means that everything committed before the command started is in the warehouse. Ctrl-C ends the command, not the sync, and prints how to cancel that.',
  options: {
    source: { value: 'source', description: 'sync only this source; can be repeated', repeatable: true },
    noWait: { description: 'start the sync and return at once' },
  },
  example: 'tidehouse sync --source project_a --source project_b',
  requires: 'context',
  run: async (context, options) => (await import('../run/sync.ts')).sync(context, options),
});
