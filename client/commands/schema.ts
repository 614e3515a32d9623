import { defineCommand } from '../command.ts';

export const schemaCommand = defineCommand({
  name: 'schema',
  summary: 'print the JSON Schema of tidehouse.yaml',
  description: 'Prints the JSON Schema of tidehouse.yaml, for editors and for checks before a deployment.',
  example: 'tidehouse schema > tidehouse.schema.json',
  requires: 'printer',
  async run({ printer }) {
    const { configJsonSchema } = await import('../config-json-schema.ts');
    const schema = configJsonSchema();
    printer.result(schema, JSON.stringify(schema, undefined, 2));
  },
});
