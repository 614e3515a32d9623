import { renderTable } from '../../../client/terminal/table.ts';

test('numbers are aligned right with their thousands apart, text left', () => {
  const rows = [
    ['project_a', 1_234_567, 0, 'now'],
    ['b', 12, null, null],
  ];
  expect(renderTable(['source', 'rows', 'difference', 'seen'], rows)).toMatchInlineSnapshot(`
   "source          rows  difference  seen
   project_a  1,234,567           0  now
   b                 12"
  `);
});

test('a name counts by its characters', () => {
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
