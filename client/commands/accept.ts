import { defineCommand } from '../command.ts';

export const acceptCommand = defineCommand({
  name: 'accept',
  summary: 'accept that a source is another server, or was restored',
  description:
    'Runs of a source fail when its URL leads to another server or database than before, or when it was set back in time, as by a restore. This command shows what was and what is, and asks. When it is accepted, the next run reads the source whole and makes the warehouse equal to it.',
  arguments: { source: { description: 'the source' } },
  options: { yes: { description: 'accept without a question, for scripts' } },
  example: 'tidehouse accept project_a',
  requires: 'context',
  run: async (context, { source, yes }) =>
    (await import('../sources/accept.ts')).accept(context, source, { yes }),
});
