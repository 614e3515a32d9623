import { defineCommand } from '../command.ts';

export const repartitionCommand = defineCommand({
  name: 'repartition',
  summary: 'move the tables of an older warehouse to partitions by source',
  description:
    'Partitions the flat tables of a warehouse made by version 0.2 or older by source, with the wide types of new tables, and turns the ids of the session metrics into bigint. Each table is one transaction: interrupted at any point, it has changed nothing, and the next call continues with that table. Queries go on; landings wait, or fail and are retried, until their table is done. When everything has its new shape, it changes nothing.',
  options: {
    dryRun: {
      description: 'show the tables, their rows and sizes, and the disk space needed; change nothing',
    },
  },
  example: 'tidehouse repartition --dry-run',
  requires: 'context',
  run: async (context, options) =>
    (await import('../repartition/repartition.ts')).repartition(context, options),
});
