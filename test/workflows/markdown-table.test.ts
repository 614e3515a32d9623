import { markdownTable } from '../../workflows/markdown-table.ts';

test('numbers have their thousands apart, and what a cell holds cannot break out of it', () => {
  expect(
    markdownTable(
      ['source', 'rows', ''],
      [
        ['project_a', 12_345, undefined],
        ['project_b', undefined, 'syntax error at "|"\n  line 2'],
      ],
    ),
  ).toBe(
    [
      '| source | rows |  |',
      '|---|---|---|',
      '| project_a | 12,345 |  |',
      '| project_b |  | syntax error at "\\|" line 2 |',
    ].join('\n'),
  );
});
