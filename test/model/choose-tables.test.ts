import type { FoundRelation } from '../../model/choose-tables.ts';
import { chooseTables, rulesFor, warehouseColumns } from '../../model/choose-tables.ts';
import type { Config } from '../../model/config.ts';
import type { SourceConfig, TableConfig, Tables } from '../../model/table-config.ts';
import { schedulesOnly } from '../support/config.ts';

const relations = ['public.events', 'public.tmp_1', 'sales.orders', 'sales.tmp_2', 'hr.people'].map(relation);

function relation(text: string): FoundRelation {
  const [schema, name, kind = 'r'] = text.split('.') as [string, string, string?];
  return { schema, name, kind, partition: false };
}

function configOf(tables: Tables, sources: Record<string, Partial<SourceConfig>> = { a: {} }): Config {
  const url = { value: '' };
  return {
    ...schedulesOnly,
    tables,
    sources: Object.fromEntries(Object.entries(sources).map(([name, given]) => [name, { url, ...given }])),
  };
}

/** The names in the warehouse of the tables of source a. */
function chosen(tables: Tables, found = relations, source: Partial<SourceConfig> = {}): string[] {
  const config = configOf(tables, { a: source });
  return chooseTables('a', rulesFor(config, 'a'), found).chosen.map(({ table }) => table);
}

test('all is every ordinary table outside the system schemas, named by schema and name', () => {
  expect(chosen({ all: {} })).toEqual(['hr_people', 'events', 'tmp_1', 'sales_orders', 'sales_tmp_2']);
});

test('a pattern without a schema is of public, but of every schema in except', () => {
  expect(chosen({ '*': {} })).toEqual(['events', 'tmp_1']);
  expect(chosen({ all: { except: ['tmp_*'] } })).toEqual(['hr_people', 'events', 'sales_orders']);
  expect(chosen({ all: { except: ['sales.tmp_*'] } })).toEqual([
    'hr_people',
    'events',
    'tmp_1',
    'sales_orders',
  ]);
});

test('a name comes before a pattern, a specific pattern before a general one, whatever their order', () => {
  const tables: Tables = {
    all: { as: 'all_{table}' },
    'sales.*': { as: 'sales_only_{table}' },
    'sales.orders': { as: 'orders' },
  };
  const expected = ['all_events', 'all_people', 'all_tmp_1', 'orders', 'sales_only_tmp_2'];
  expect(chosen(tables).sort()).toEqual(expected);
  expect(chosen(Object.fromEntries(Object.entries(tables).reverse())).sort()).toEqual(expected);
});

test('of a name in except that stands for no table, a similar table or a column of this name that is read is found', () => {
  const found = relations.map((each) => ({ ...each, columns: [{ name: 'id' }, { name: 'email' }] }));
  const unmatched = (except: string[], options: TableConfig = {}, others: Tables = {}) => {
    const rules = rulesFor(configOf({ all: { except, ...options }, ...others }), 'a');
    return chooseTables('a', rules, found).unmatched;
  };
  const line = 'all';
  expect(unmatched(['event', 'tmp_9', 'email', 'people.email', 'events.salary', 'x_*'])).toEqual([
    { line, except: 'event', similar: 'events' },
    { line, except: 'tmp_9', similar: 'tmp_1' },
    { line, except: 'email', columnOf: 'hr.people' },
    { line, except: 'people.email', columnOf: 'hr.people' },
    { line, except: 'events.salary' },
  ]);
  // What is left out or named is not what it means, nor is a column that the line hides.
  expect(unmatched(['event', 'events', 'peple'], {}, { 'hr.people': {} })).toEqual([
    { line, except: 'event' },
    { line, except: 'peple' },
  ]);
  const hiding: TableConfig[] = [
    { mask: { email: null } },
    { columns: { except: ['email'] } },
    { columns: { only: ['id'] } },
  ];
  for (const options of hiding) expect(unmatched(['email'], options)).toEqual([{ line, except: 'email' }]);
});

test('what a pattern leaves out can be named', () => {
  expect(chosen({ 'sales.*': { except: ['tmp_*'] }, 'sales.tmp_2': {} })).toEqual([
    'sales_orders',
    'sales_tmp_2',
  ]);
});

test('a view, a foreign table and a partition must be named', () => {
  const found = [
    relation('public.v.v'),
    relation('public.f.f'),
    { ...relation('public.part'), partition: true },
  ];
  expect(chosen({ all: {} }, found)).toEqual([]);
  expect(chosen({ v: {}, f: {}, part: {} }, found)).toEqual(['v', 'f', 'part']);
});

test('as is a name or a form', () => {
  expect(chosen({ 'sales.orders': { as: 'orders' }, 'hr.*': { as: '{source}_{schema}_{table}' } })).toEqual([
    'orders',
    'a_hr_people',
  ]);
});

test('of two tables that would have one name the second is refused, naming both', () => {
  const found = [relation('public.sales_orders'), relation('sales.orders'), relation('hr.people')];
  const choice = chooseTables('a', rulesFor(configOf({ '*': {}, all: {} }), 'a'), found);
  expect(choice.chosen.map(({ table }) => table)).toEqual(['sales_orders', 'hr_people']);
  expect(choice.conflicts).toEqual([
    {
      relation: found[1],
      table: 'sales.orders',
      problem: 'it would land in clean.sales_orders, as sales_orders does',
      advice: 'Give it another name in the config: sales.orders: { as: another_name }.',
    },
  ]);
});

test('a name too long for the warehouse is refused', () => {
  const found = [{ ...relation('sales.x'), name: 'x'.repeat(60) }, relation('sales.orders')];
  const choice = chooseTables('a', rulesFor(configOf({ all: {} }), 'a'), found);
  expect(choice.chosen).toHaveLength(1);
  expect(choice.conflicts[0]!.problem).toMatch(/is longer than 63 bytes/);
});

describe('a table that a source lacks', () => {
  const missingOf = (config: Config, source: string) =>
    chooseTables(source, rulesFor(config, source), relations).missing.map(({ table, required }) => [
      table,
      required,
    ]);
  const gone: Tables = { gone: {} };

  test('is required of the only source, and of one that is named', () => {
    expect(missingOf(configOf(gone), 'a')).toEqual([['gone', true]]);
    expect(missingOf(configOf({ gone: { from: 'a' } }, { a: {}, b: {} }), 'a')).toEqual([['gone', true]]);
    expect(missingOf(configOf({}, { a: { tables: gone }, b: {} }), 'a')).toEqual([['gone', true]]);
  });

  test('is not required of one source among others', () => {
    expect(missingOf(configOf(gone, { a: {}, b: {} }), 'a')).toEqual([['gone', false]]);
    expect(missingOf(configOf({ gone: { from: 'b' } }, { a: {}, b: {} }), 'a')).toEqual([]);
  });
});

test("a source's own tables are in addition to the common ones, or instead of them", () => {
  const own: Tables = { 'hr.people': {}, events: { as: 'visits' } };
  expect(chosen({ events: {} }, relations, { tables: own })).toEqual(['hr_people', 'visits']);
  expect(chosen({ '*': {} }, relations, { tables: own, commonTables: false })).toEqual([
    'hr_people',
    'visits',
  ]);
});

test("a column with one of the warehouse's own names gets an underscore, and more where that is taken", () => {
  expect(warehouseColumns(['id', 'project', 'batch'])).toEqual(['id', 'project_', 'batch_']);
  expect(warehouseColumns(['batch_', 'batch', 'batch__'])).toEqual(['batch_', 'batch___', 'batch__']);
});
