import { defineCommand } from '../command.ts';

export const demoCommand = defineCommand({
  name: 'demo',
  summary: 'change demo sources as an application would, until Ctrl-C',
  description: 'Writes to databases with the demo tables, as an application with users would, until Ctrl-C.',
  arguments: {
    sources: {
      name: 'name=url',
      description: 'the databases, each with the URL of a role that can write',
      repeatable: true,
    },
  },
  options: {
    every: { value: 'seconds', description: 'the time between two changes of a source', default: '2.5' },
  },
  example: 'tidehouse demo project_a=postgres://owner@localhost:5430/project_a --every 1',
  requires: 'printer',
  run: async ({ printer }, { sources, every }) =>
    (await import('../up/demo.ts')).demo(printer, sources, every),
});
