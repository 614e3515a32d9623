import type { CommandGroup } from '../command.ts';
import { defineCommand } from '../command.ts';

const load = () => import('../quarantine/commands.ts');

const list = defineCommand({
  name: 'list',
  summary: 'count the rows that the warehouse refuses',
  description:
    'Counts the rows in quarantine: per source and table, how many, since when, and the reason of the first. Prints no values.',
  options: { source: { value: 'source', description: 'only this source' } },
  example: 'tidehouse quarantine list',
  requires: 'context',
  run: async (context, options) => (await load()).listQuarantine(context, options),
});

const show = defineCommand({
  name: 'show',
  summary: 'print the rows that the warehouse refuses',
  description:
    'Prints the rows of a table that are in quarantine: key, line and column in the staged file, the beginning of the value, and the reason.',
  arguments: { source: { description: 'the source' }, table: { description: 'the table, as in clean' } },
  example: 'tidehouse quarantine show project_b orders',
  requires: 'context',
  run: async (context, { source, table }) => (await load()).showQuarantine(context, source, table),
});

const retry = defineCommand({
  name: 'retry',
  summary: 'try the rows in quarantine again',
  description:
    'Lets the next run read the tables whole that have rows in quarantine, once the warehouse accepts them. Rows that are mended or deleted at the source need no retry.',
  arguments: { source: { description: 'the source' } },
  options: { table: { value: 'table', description: 'only this table' } },
  example: 'tidehouse quarantine retry project_b',
  requires: 'context',
  run: async (context, { source, table }) => (await load()).retry(context, source, table),
});

export const quarantineCommands: CommandGroup = {
  name: 'quarantine',
  summary: 'list, show and retry the rows that the warehouse refuses',
  commands: [list, show, retry],
};
