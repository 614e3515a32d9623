import type { TableBatch, TableShape } from '../../model/batch.ts';
import type { Position, TablePosition } from '../../model/position.ts';
import { bringsNothing, isIdle, isUntouched, planRead } from '../../model/position.ts';
import type { SourceSnapshot } from '../../model/snapshot.ts';

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
const table: TablePosition = { rows: 10, difference: 0, shape, keysDue: 0 };
const snapshot = { text: '700:700:', xmin: '700', xmax: '700', takenAt: '2026-11-24T17:41:57.000000Z' };
const now: SourceSnapshot = {
  snapshot,
  identity: { system: '1', database: 'shop/16384', timeline: '00000001' },
};
const position: Position = { batchId: 'b', ...now, tables: new Map([['t', table]]), heldBack: new Map() };

const sweep = { sinceXmin: '700', keys: 'none' };
const sweepWithKeys = { sinceXmin: '700', keys: 'differing' };
const sweepWithAllKeys = { sinceXmin: '700', keys: 'all' };
const whole = { sinceXmin: undefined, keys: 'none' };

/** The plan for the table with `changed` in its shape. */
const read = (changed: Partial<TableShape>) => planRead(position, now, 't', { ...shape, ...changed });
const withTable = (changed: Partial<TablePosition>): Position => ({
  ...position,
  tables: new Map([['t', { ...table, ...changed }]]),
});

describe('a table is read', () => {
  test('whole without a position, on another timeline, and when the position is too old', () => {
    expect(planRead(position, now, 'new', shape)).toEqual(whole);
    expect(planRead({ ...position, snapshot: null }, now, 't', shape)).toEqual(whole);
    const failedOver = { ...now, identity: { ...now.identity, timeline: '00000002' } };
    expect(planRead(position, failedOver, 't', shape)).toEqual(whole);
    const later = { ...now, snapshot: { ...snapshot, xmax: (700n + 2n ** 30n + 1n).toString() } };
    expect(planRead(position, later, 't', shape)).toEqual(whole);
  });

  test('by a sweep when its shape is the same', () => {
    expect(read({})).toEqual(sweep);
  });

  test('by a sweep when its shape was stored and read back', () => {
    const stored = withTable({ shape: JSON.parse(JSON.stringify(shape)) as TableShape });
    expect(planRead(stored, now, 't', shape)).toEqual(sweep);
  });

  test('with its keys while deletes are likely, and when they are requested', () => {
    expect(planRead(withTable({ keysDue: 1 }), now, 't', shape)).toEqual(sweepWithKeys);
    expect(planRead(position, now, 't', shape, { keys: 'differing' })).toEqual(sweepWithKeys);
    expect(planRead(position, now, 't', shape, { keys: 'all' })).toEqual(sweepWithAllKeys);
  });

  test.each<[string, Partial<TablePosition>]>([
    ['row counts differ', { difference: 1 }],
    ['deletes wait to be accepted', { heldDeletes: 1 }],
    ['held deletes were accepted', { heldDeletes: 1, acceptedDeletes: 1 }],
    ['rows are in quarantine', { quarantined: true }],
    ['marked rows are to be deleted', { shape: { ...shape, deletes: 'mark' } }],
  ])('with all keys while deletes are likely and %s', (_title, changed) => {
    expect(planRead(withTable({ keysDue: 1, ...changed }), now, 't', shape)).toEqual(sweepWithAllKeys);
  });

  test('with all keys when clean keeps rows that the source has deleted', () => {
    const kept = { ...shape, deletes: 'keep' } as const;
    expect(planRead(withTable({ keysDue: 1, shape: kept }), now, 't', kept)).toEqual(sweepWithAllKeys);
  });

  test.each<[string, Partial<TableShape>]>([
    ['a column was added', { columns: [...shape.columns, { name: 'w', type: 'text', origin: '3' }] }],
    ['a column was renamed', { columns: [shape.columns[0]!, { name: 'w', type: 'text', origin: '2' }] }],
    [
      'two columns swapped names',
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
    ['a leaf replaced another', { leaves: [shape.leaves[0]!, { oid: '16420', filenode: '16420' }] }],
    ['it was recreated', { leaves: [{ oid: '16430', filenode: '16430' }] }],
  ])('whole when %s', (_title, changed) => {
    expect(read(changed)).toEqual(whole);
  });

  test.each<[string, Partial<TableShape>]>([
    ['a leaf was detached', { leaves: [shape.leaves[0]!] }],
    [
      'a leaf was rewritten or truncated',
      { leaves: [shape.leaves[0]!, { oid: '16410', filenode: '16999' }] },
    ],
    ['it has no leaves left', { leaves: [] }],
  ])('with its keys when %s', (_title, changed) => {
    expect(read(changed)).toEqual(sweepWithKeys);
  });
});

describe('a table that has lost columns is read', () => {
  const less = { columns: shape.columns.slice(0, 1) };

  test('by a sweep', () => expect(read(less)).toEqual({ ...sweep, added: [] }));

  test('whole when the config has come to leave out a column', () =>
    expect(read({ ...less, leftOut: ['v'] })).toEqual(whole));

  test('whole when a leaf was rewritten too', () =>
    expect(read({ ...less, leaves: [shape.leaves[0]!, { oid: '16410', filenode: '16999' }] })).toEqual(
      whole,
    ));
});

describe('a table that has been given columns without values is read', () => {
  const more = { ...shape, columns: [...shape.columns, { name: 'w', type: 'text', origin: '3' }] };
  const readMore = (known: Partial<TablePosition> = {}, found: Partial<TableShape> = {}) =>
    planRead(withTable(known), now, 't', { ...more, ...found }, { added: ['w'] });

  test('by a sweep', () => {
    expect(readMore()).toEqual({ ...sweep, added: ['w'] });
    expect(readMore({ keysDue: 1 })).toEqual({ ...sweepWithKeys, added: ['w'] });
  });

  test('whole when anything else has changed', () => {
    expect(readMore({ wholeDue: true })).toEqual(whole);
    expect(readMore({}, { key: ['w'] })).toEqual(whole);
    expect(readMore({}, { leaves: [shape.leaves[0]!, { oid: '16410', filenode: '16999' }] })).toEqual(whole);
    expect(readMore({}, { copied: 'view' })).toEqual(whole);
  });

  test('whole when clean has values of an earlier column of that name', () => {
    const dropped = [{ name: 'w', since: '2026-11-24T17:41:57.000000Z' }];
    expect(readMore({ dropped })).toEqual(whole);
  });
});

describe('the tables of a source need not be looked up', () => {
  const found = { ...position, unchangedWhile: 'as it was' };
  const untouched = (known: Position, state = 'as it was') => isUntouched(known, now, state);

  test('when a run has found them as they had landed, in the same state of the server and the config', () => {
    expect(untouched(found)).toBe(true);
    expect(untouched(position)).toBe(false);
    expect(untouched(found, 'started again')).toBe(false);
    expect(isUntouched(found, { ...now, standby: true }, 'as it was')).toBe(false);
    const later = { ...now, snapshot: { ...snapshot, text: '701:701:', xmin: '701', xmax: '701' } };
    expect(isUntouched(found, later, 'as it was')).toBe(false);
  });

  test.each<[string, Partial<TablePosition>]>([
    ['row counts differ', { difference: 1 }],
    ['it is behind', { behind: now }],
    ['somebody has requested it whole', { wholeDue: true }],
    ['held deletes were accepted', { acceptedDeletes: 1 }],
    ['nothing shows its changes', { shape: { ...shape, copied: 'foreign table', leaves: [] } }],
    [
      'a column keeps its earlier name',
      { shape: { ...shape, columns: [{ ...shape.columns[0]!, renamedTo: 'n' }] } },
    ],
  ])('but they are when of a table %s', (_, table) => {
    expect(untouched({ ...withTable(table), unchangedWhile: 'as it was' })).toBe(false);
  });

  test('but they are when one is held back', () => {
    expect(untouched({ ...found, heldBack: new Map([['t', 'no key']]) })).toBe(false);
  });
});

describe('a source is idle', () => {
  const shapes = new Map([['t', shape]]);

  test('when its snapshot is the same and no transaction was open', () => {
    expect(isIdle(position, now, shapes)).toBe(true);
    const open = { ...now, snapshot: { ...snapshot, text: '699:700:699', xmin: '699' } };
    expect(isIdle({ ...position, snapshot: open.snapshot }, open, shapes)).toBe(false);
  });

  test('only when its tables are the same and each reconciles', () => {
    expect(isIdle(position, now, new Map([...shapes, ['new', shape]]))).toBe(false);
    expect(isIdle(position, now, new Map())).toBe(false);
    expect(isIdle(withTable({ difference: 1 }), now, shapes)).toBe(false);
    expect(isIdle(position, now, new Map([['t', { ...shape, key: ['v'] }]]))).toBe(false);
    const emptied = { ...shape, leaves: [shape.leaves[0]!, { oid: '16410', filenode: '16410 empty' }] };
    expect(isIdle(position, now, new Map([['t', emptied]]))).toBe(false);
  });
});

describe('tables that were read bring nothing', () => {
  const unchanged: TableBatch = { table: 't', shape, whole: false, count: table.rows };
  const staged = { name: 't.csv', rowCount: 1, bytes: 1, sha256: '' };

  test('when no row was written and there are as many as before', () => {
    expect(bringsNothing(position, [unchanged])).toBe(true);
    expect(bringsNothing(position, [])).toBe(true);
  });

  test.each<[string, Partial<TableBatch>]>([
    ['a row was written', { changes: staged }],
    ['its keys were read', { keys: staged }],
    ['it was read whole', { whole: true }],
    ['a column is to be renamed', { renamed: [{ from: 'n', to: 'v' }] }],
    ['a row is gone', { count: table.rows - 1 }],
  ])('but not when of one of them %s', (_, changed) => {
    expect(bringsNothing(position, [{ ...unchanged, ...changed }])).toBe(false);
  });

  test('but not when rows of one are in quarantine: as many of them as are landed may be gone', () => {
    expect(bringsNothing(withTable({ quarantined: true }), [unchanged])).toBe(false);
  });
});
