import { portionsOf } from '../../model/audit.ts';

test('tables are audited in portions of one source, of a bounded size, in the order of their first tables', () => {
  const tables = (
    [
      ['a', 'old', 4_000_000],
      ['b', 'old', 9_000_000],
      ['a', 'newer', 1_000_000],
      ['a', 'newest', 1],
      ['b', 'newest', 1],
    ] as const
  ).map(([source, table, rows]) => ({ source, table, rows }));
  expect(portionsOf(tables)).toEqual([
    { source: 'a', tables: ['old', 'newer'] },
    { source: 'b', tables: ['old'], rowsAtOnce: 5_000_000 },
    { source: 'a', tables: ['newest'] },
    { source: 'b', tables: ['newest'] },
  ]);
  const many = Array.from({ length: 450 }, (_, at) => ({ source: 'a', table: `t${at}`, rows: 0 }));
  expect(portionsOf(many).map(({ tables: each }) => each.length)).toEqual([200, 200, 50]);
});
