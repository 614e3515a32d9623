import { defineCommand } from '../command.ts';

export const initCommand = defineCommand({
  name: 'init',
  summary: 'write a tidehouse.yaml for databases',
  description:
    'Looks at each database and writes a tidehouse.yaml that reads all of its tables, in the current folder; what has to be left out is in it as comments, with the reason. The URLs stay out of the file: it refers to environment variables. Refuses to overwrite a file. Changes nothing at the databases.',
  arguments: {
    url: {
      description: "the Postgres to read: a URL, or '$NAME' for that of an environment variable",
      repeatable: true,
    },
  },
  example: "tidehouse init '$SHOP_URL'",
  requires: 'printer',
  run: async ({ printer }, { url }) => (await import('../init/init.ts')).init(printer, url),
});
