import { formatCount, renderTable } from '../../../client/terminal/table.ts';

test('numbers are aligned right with thousands separators, text left', () => {
  const rows = [
    ['project_a', 1_234_567, 0, 'now'],
    ['b', 12, null, null],
  ];
  expect(renderTable(['source', 'rows', 'difference', 'read'], rows)).toMatchInlineSnapshot(`
   "source          rows  difference  read
   project_a  1,234,567           0  now
   b                 12"
  `);
});

test('the width of a name is its number of characters', () => {
  expect(
    renderTable(
      ['page', 'n'],
      [
        ['Łódź 🚢', 1],
        ['Home', 22],
      ],
    ),
  ).toMatchInlineSnapshot(`
   "page     n
   Łódź 🚢   1
   Home    22"
  `);
});

test('a table without rows is its headings', () => {
  expect(renderTable(['source', 'rows'], [])).toBe('source  rows');
});

test('a count has its noun in the singular or the plural', () => {
  expect([0, 1, 2_000].map((count) => formatCount(count, 'session'))).toEqual([
    '0 sessions',
    '1 session',
    '2,000 sessions',
  ]);
});
