import type { TableShape } from '../../model/batch.ts';
import { howToRead } from '../../model/position.ts';
import type { TablePosition } from '../../model/position.ts';

const shape: TableShape = {
  columns: [
    { name: 'id', type: 'integer', origin: '1' },
    { name: 'v', type: 'text', origin: '2' },
  ],
  key: ['id'],
  leaves: [
    { oid: '16400', filenode: '16400' },
    { oid: '16410', filenode: '16410' },
  ],
};
const position: TablePosition = { rows: 10, difference: 0, shape, keysDue: 0 };

const sweep = { whole: false, keys: false };
const sweepWithKeys = { whole: false, keys: true };
const whole = { whole: true, keys: false };

/** How the table is read when it looks like `now`. */
const read = (now: Partial<TableShape>) => howToRead(position, { ...shape, ...now }, true, true);

describe('a table is read', () => {
  test('whole without a position, on another timeline, and when its position is too far back', () => {
    expect(howToRead(undefined, shape, true, true)).toEqual(whole);
    expect(howToRead(position, shape, false, true)).toEqual(whole);
    expect(howToRead(position, shape, true, false)).toEqual(whole);
  });

  test('by a sweep when it looks as before', () => {
    expect(read({})).toEqual(sweep);
  });

  test('by a sweep after its shape came back from the warehouse', () => {
    const stored = { ...position, shape: JSON.parse(JSON.stringify(shape)) as TableShape };
    expect(howToRead(stored, shape, true, true)).toEqual(sweep);
  });

  test('with its keys while deletes are likely', () => {
    expect(howToRead({ ...position, keysDue: 1 }, shape, true, true)).toEqual(sweepWithKeys);
  });

  test.each<[string, Partial<TableShape>]>([
    ['a column was added', { columns: [...shape.columns, { name: 'w', type: 'text', origin: '3' }] }],
    ['a column was dropped', { columns: shape.columns.slice(0, 1) }],
    ['a column was renamed', { columns: [shape.columns[0]!, { name: 'w', type: 'text', origin: '2' }] }],
    [
      'two columns changed names',
      {
        columns: [
          { ...shape.columns[0]!, name: 'v' },
          { ...shape.columns[1]!, name: 'id' },
        ],
      },
    ],
    [
      'a column was dropped and added again',
      { columns: [shape.columns[0]!, { name: 'v', type: 'text', origin: '3' }] },
    ],
    ['a type changed', { columns: [shape.columns[0]!, { name: 'v', type: 'jsonb', origin: '2' }] }],
    ['the key changed', { key: ['id', 'v'] }],
    ['a leaf was attached', { leaves: [...shape.leaves, { oid: '16420', filenode: '16420' }] }],
    ['a leaf took the place of another', { leaves: [shape.leaves[0]!, { oid: '16420', filenode: '16420' }] }],
    ['it was made anew under its name', { leaves: [{ oid: '16430', filenode: '16430' }] }],
  ])('whole when %s', (_title, now) => {
    expect(read(now)).toEqual(whole);
  });

  test.each<[string, Partial<TableShape>]>([
    ['a leaf was detached', { leaves: [shape.leaves[0]!] }],
    [
      'a leaf was rewritten or truncated',
      { leaves: [shape.leaves[0]!, { oid: '16410', filenode: '16999' }] },
    ],
    ['it has no leaf any more', { leaves: [] }],
  ])('with its keys when %s', (_title, now) => {
    expect(read(now)).toEqual(sweepWithKeys);
  });
});
