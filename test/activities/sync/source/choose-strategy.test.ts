import {
  copiedByItselfBytes,
  showsChanges,
  whyCopied,
} from '../../../../activities/sync/source/choose-strategy.ts';

const leaf = { oid: '1', filenode: '1', kind: 'r', bytes: copiedByItselfBytes, rows: null };
const table = { kind: 'r', sweepable: true, leaves: [leaf] };
const larger = { ...table, leaves: [leaf, { ...leaf, bytes: 1 }] };
const foreign = { ...table, kind: 'p', leaves: [{ ...leaf, kind: 'f' }] };

test('a table with a key is swept, whatever its size, unless the config wants it copied', () => {
  expect(whyCopied(larger, false, true)).toBeUndefined();
  expect(whyCopied(larger, true, true)).toBe('config');
});

test('a table without a key is copied of itself up to a size, and beyond it when the config says so', () => {
  expect(whyCopied(table, false, false)).toBe('no key');
  expect(whyCopied(larger, false, false)).toBeUndefined();
  expect(whyCopied(larger, true, false)).toBe('config');
});

test('what has no xmin is copied, and nothing shows whether it has changed', () => {
  expect(whyCopied({ ...table, kind: 'v' }, false, false)).toBe('view');
  expect(whyCopied({ ...table, kind: 'm' }, false, false)).toBe('materialized view');
  expect(whyCopied(foreign, false, true)).toBe('foreign partition');
  expect(showsChanges(table)).toBe(true);
  expect(showsChanges(foreign)).toBe(false);
  expect(showsChanges({ ...table, sweepable: null })).toBe(false);
});
