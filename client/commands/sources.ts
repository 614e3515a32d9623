import { rowsChoices } from '../../model/orphan-rows.ts';
import type { CommandGroup } from '../command.ts';
import { defineCommand } from '../command.ts';

const list = defineCommand({
  name: 'list',
  summary: 'list the sources of the config and of the warehouse',
  description:
    'Lists the sources of the config with their tables and rows in the warehouse, and the rows whose source or table the config no longer has, with the commands that decide what becomes of them. "tidehouse sources" does the same.',
  example: 'tidehouse sources list',
  isDefault: true,
  requires: 'context',
  run: async (context) => (await import('../sources/list.ts')).listSources(context),
});

const rename = defineCommand({
  name: 'rename',
  summary: 'give the rows of a source the new name that it has in the config',
  description:
    'Run it after you have renamed a source in the config. All rows of the old name get the new one, in one transaction, together with the position and the session metrics, so the next run continues from where the last one was. Until then, the runs of the new name fail, because every row would be in the warehouse twice. Queries go on.',
  arguments: {
    old: { description: 'the name until now, which the config no longer has' },
    new: { description: 'the name in the config' },
  },
  options: { yes: { description: 'rename without a question, for scripts' } },
  example: 'tidehouse sources rename project_a shop',
  requires: 'context',
  run: async (context, { old, new: to, yes }) =>
    (await import('../sources/rename.ts')).rename(context, old, to, { yes }),
});

const remove = defineCommand({
  name: 'remove',
  summary: 'keep or drop the rows of a source or of tables that the config no longer has',
  description:
    'Run it after you have removed a source or tables from the config. Until then their rows stay in the warehouse, and an incident reports them. Shows how many rows each table has, and asks.',
  arguments: {
    source: { description: 'the source' },
    tables: {
      name: 'table',
      description:
        'its tables, by their names in the warehouse; without any, all that the config no longer has',
      repeatable: true,
      optional: true,
    },
  },
  options: {
    rows: {
      value: 'choice',
      description: 'keep the rows as they are, or drop them',
      choices: rowsChoices,
      required: true,
    },
    yes: { description: 'do it without a question, for scripts' },
  },
  example: 'tidehouse sources remove project_a --rows drop',
  requires: 'context',
  run: async (context, { source, tables, rows, yes }) =>
    (await import('../sources/remove.ts')).remove(context, source, tables, { rows, yes }),
});

export const sourcesCommands: CommandGroup = {
  name: 'sources',
  summary: 'list, rename and remove sources',
  commands: [list, rename, remove],
};
