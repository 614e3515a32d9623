import { defineCommand } from '../command.ts';

export const acceptCommand = defineCommand({
  name: 'accept',
  summary: 'accept that a source is another server, was restored, or has deleted many rows',
  description:
    'Runs of a source fail when its URL leads to another server or database than before, or when it was set back in time, as by a restore. This command shows what was and what is, and asks. When it is accepted, the next run reads the source whole and makes the warehouse equal to it. With --deletes it accepts instead that many rows were deleted at once: until then they stay in the warehouse, while everything else lands.',
  arguments: { source: { description: 'the source' } },
  options: {
    deletes: {
      description: 'accept the deletes that a run held back because there were too many',
    },
    yes: { description: 'accept without a question, for scripts' },
  },
  example: 'tidehouse accept project_a',
  requires: 'context',
  run: async (context, { source, deletes, yes }) =>
    deletes
      ? (await import('../sources/accept-deletes.ts')).acceptDeletes(context, source, { yes })
      : (await import('../sources/accept.ts')).accept(context, source, { yes }),
});
