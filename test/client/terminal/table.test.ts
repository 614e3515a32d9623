import { renderTable } from '../../../client/terminal/table.ts';
import { formatNumber } from '../../../model/number.ts';

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

test('a name is as wide as a terminal shows it', () => {
  expect(
    renderTable(
      ['page', 'n'],
      [
        ['Łódź 🚢', 1],
        ['注文', 3],
        ['Home', 22],
      ],
    ),
  ).toMatchInlineSnapshot(`
    "page      n
    Łódź 🚢   1
    注文      3
    Home     22"
  `);
});

test('a table without rows is its headings', () => {
  expect(renderTable(['source', 'rows'], [])).toBe('source  rows');
});

const landed = {
  headings: [
    'source',
    'table',
    'extracted',
    'inserted',
    'updated',
    'unchanged',
    'deleted',
    'rows',
    'complete through',
  ],
  rows: ['project_a', 'project_b'].flatMap((source) => [
    [source, 'user_sessions', 1_234_567, 2, 17, 0, 1, 2_706, '2026-11-27 13:31:45 UTC'],
    [source, 'events', 19, 19, 0, 0, 0, 1_234_567, '2026-11-27 13:31:45 UTC'],
  ]),
};
const incidents = {
  headings: ['incident', 'since', 'problem', 'notified'],
  rows: [
    ['source/project_b', '2026-11-27 13:31:45 UTC', 'project_b is failing: its last run failed', 'not yet'],
    [
      'schedule/weather',
      '2026-11-27 13:31:45 UTC',
      'The weather schedule is paused: its note does not show who paused it',
      'not yet',
    ],
  ],
};

describe.each([80, 100, 200])('at %i columns', (width) => {
  test.each(Object.entries({ landed, incidents }))('the table %s fits', (_, { headings, rows }) => {
    const table = renderTable(headings, rows, width);
    expect(table).toMatchSnapshot();
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  });
});

test('no number and no time is torn, however narrow the terminal is', () => {
  for (let width = 1; width < 120; width++)
    for (const { headings, rows } of [landed, incidents]) {
      const table = renderTable(headings, rows, width);
      for (const cell of rows.flat())
        if (typeof cell === 'number') expect(table).toContain(formatNumber(cell));
        else if (cell.endsWith('UTC')) expect(table).toContain(cell);
    }
});

test('what the rows of a group share is wrapped too', () => {
  const through = '2026-11-27 13:31:45 UTC';
  const table = renderTable(
    ['source', 'table', 'strategy', 'complete through', 'lag', 'rows', 'difference', 'note of somebody'],
    ['a_table_with_a_long_name', 'b'].map((each) => [
      'project_a',
      each,
      'sweep',
      through,
      '3 min 18 s',
      1,
      0,
      '',
    ]),
    60,
  );
  expect(table).toMatchInlineSnapshot(`
    "project_a  strategy sweep
      complete through 2026-11-27 13:31:45 UTC  lag 3 min 18 s
      table                     rows  difference
      a_table_with_a_long_name     1           0
      b                            1           0"
  `);
});
