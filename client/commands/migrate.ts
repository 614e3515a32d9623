import { defineCommand } from '../command.ts';

export const migrateCommand = defineCommand({
  name: 'migrate',
  summary: 'bring the schema of the warehouse up to this version',
  description:
    'Applies the pending migrations of the warehouse and the current definitions of the analytics, in one transaction. When everything has been applied already, it changes nothing.',
  example: 'tidehouse migrate --config /etc/tidehouse.yaml',
  requires: 'context',
  run: async (context) => (await import('../connect/migrate.ts')).migrate(context),
});
