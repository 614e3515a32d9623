import { codeBlock, markdownTable } from '../../workflows/markdown-table.ts';

test('numbers have thousands separators, and the content of a cell cannot break the table', () => {
  const table = markdownTable(
    ['source', 'rows', ''],
    [
      ['project_a', 12_345, undefined],
      ['project_b', undefined, 'syntax error at "|"\n  line 2'],
    ],
  );
  expect(table.replaceAll('\u00a0', '')).toBe(
    [
      '| source | rows |  |',
      '|---|---|---|',
      '| project_a | 12,345 |  |',
      '| project_b |  | syntax error at "\\|" line 2 |',
    ].join('\n'),
  );
});

test('columns are kept apart by spaces that Markdown does not trim', () => {
  expect(markdownTable(['a'], [[1]])).toBe('| a\u00a0\u00a0 |\n|---|\n| 1\u00a0\u00a0 |');
});

test('an error is shown as code, in which quotation marks can be copied, and cannot end the code', () => {
  const line = markdownTable(['error'], [[{ code: 'alter table "a`b" | c' }]]).split('\n')[2];
  expect(line).toContain('`` alter table "a`b" \\| c ``');
  expect(codeBlock('a ``` b\nselect 1')).toBe('````\na ``` b\nselect 1\n````');
});
