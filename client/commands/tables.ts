import { defineCommand } from '../command.ts';

export const tablesCommand = defineCommand({
  name: 'tables',
  summary: 'list the tables that the config chooses',
  description:
    'Asks each source which of its tables the config chooses, and lists them: the name in the warehouse, the strategy, the key, the size, the columns that are left out or masked, and why a table would be held back. Of a table that the source has renamed or moved it says what the config should call it. Lists those of the other sources when one cannot be asked, and then exits with code 1. Changes nothing.',
  example: 'tidehouse tables --json',
  requires: 'context',
  run: async (context) => (await import('../tables/tables.ts')).tables(context),
});
