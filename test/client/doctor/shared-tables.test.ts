import { checkSharedTables } from '../../../client/doctor/shared-tables.ts';

const tableOf = (source: string, schema: string, types: Readonly<Record<string, string>>) => {
  const columns = Object.entries(types).map(([name, type]) => ({ name, type, origin: '' }));
  const relation = { schema, name: 'customer' };
  return { source, tables: new Map([['customer', { relation, shape: { columns, key: [], leaves: [] } }]]) };
};
const shop = tableOf('shop', 'public', { id: 'integer', name: 'text', born: 'date' });

test('tables of two sources that meet in one and do not fit are named, with what differs', () => {
  const crm = tableOf('crm', 'sales', { id: 'uuid', name: 'integer', born: 'timestamp without time zone' });
  expect(checkSharedTables([shop, crm])).toEqual([
    {
      subject: 'table customer',
      outcome: 'warning',
      detail:
        'customer of shop and sales.customer of crm would land in one table, and id (integer at shop, uuid at crm) would be text there',
      advice:
        "If they are different tables, give them names of their own in the config: customer: { as: '{source}_{table}' }.",
    },
  ]);
});

test('tables that differ and fit are not named', () => {
  const crm = tableOf('crm', 'public', { id: 'numeric', name: 'character varying', more: 'uuid' });
  expect(checkSharedTables([shop, crm, { source: 'hr', tables: new Map() }])).toEqual([]);
});
