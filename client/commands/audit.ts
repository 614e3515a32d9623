import { defineCommand } from '../command.ts';

export const auditCommand = defineCommand({
  name: 'audit',
  summary: 'compare every row with its source, and mend what differs',
  description:
    'Compares every row of the warehouse with its source, by hashes and under one snapshot, apart from what has changed since the last landing. A table that differs is read whole again, so rows that somebody falsified, added or removed in the warehouse are as they are at the source. Columns that only the warehouse has are left alone. The result is in ops.audit too.',
  options: {
    source: { value: 'source', description: 'audit only this source; can be repeated', repeatable: true },
    table: { value: 'table', description: 'audit only this table; can be repeated', repeatable: true },
    noWait: { description: 'start the audit and return at once' },
  },
  example: 'tidehouse audit --source project_a --table events',
  requires: 'context',
  run: async (context, options) => (await import('../run/audit.ts')).audit(context, options),
});
