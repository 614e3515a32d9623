import { defineCommand } from '../command.ts';

export const resyncCommand = defineCommand({
  name: 'resync',
  summary: 'read a source, or some of its tables, whole again',
  description:
    'Reads all rows of the tables again and makes the warehouse equal to them, in the same way and in the same transaction as any run, so no query sees a table empty or half. The schedule goes on meanwhile. Starts a run and waits for it; when none can be started, the next run of the schedule does it.',
  arguments: {
    source: { description: 'the source' },
    tables: {
      name: 'table',
      description: 'its tables, by their names in the warehouse; without any, all of them',
      repeatable: true,
      optional: true,
    },
  },
  options: { noWait: { description: 'start the run and return at once' } },
  example: 'tidehouse resync project_a events',
  requires: 'context',
  run: async (context, { source, tables, noWait }) =>
    (await import('../run/resync.ts')).resync(context, source, tables, { noWait }),
});
