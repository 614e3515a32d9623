import { ApplicationFailure } from '@temporalio/common';
import { namingTable, postgresFailure } from '../../../activities/postgres/errors.ts';

const withCode = (code: string, message = 'it failed') => Object.assign(new Error(message), { code });
const failureOf = (code: string, subject = {}) =>
  postgresFailure({ source: 'shop', ...subject }, withCode(code));

test.each([
  ['28P01', 'Unavailable', true, /Its role or password is rejected/],
  ['3D000', 'Unavailable', true, /Correct its URL, or create the database/],
  ['42501', 'CannotLand', true, /Grant its role the missing privilege/],
  ['22003', 'CannotLand', true, /Correct the value/],
  ['ECONNREFUSED', 'Unavailable', false, /Check that the server is running/],
  ['57P01', 'Unavailable', false, /shutting down or starting/],
  ['53100', 'Unavailable', false, /disk is full/],
])('%s is %s, final: %s, with advice', (code, type, final, advice) => {
  const failure = failureOf(code);
  expect(failure).toMatchObject({ type, nonRetryable: final });
  expect(failure.message).toMatch(/^source "shop": it failed\. /);
  expect(failure.message).toMatch(advice);
});

test('a deadlock is temporary and has no advice', () => {
  expect(failureOf('40P01')).toMatchObject({
    type: 'Unavailable',
    nonRetryable: false,
    message: 'source "shop": it failed.',
  });
});

test('a missing table is answered with "migrate" in the warehouse, but not at a source', () => {
  expect(failureOf('42P01', { warehouse: true }).message).toContain('Run: tidehouse migrate');
  expect(failureOf('42P01').message).not.toContain('migrate');
});

test('the table that was read or written is in the details', async () => {
  const error = await Promise.reject(withCode('22P02')).catch((thrown: unknown) => {
    try {
      return namingTable('orders')(thrown);
    } catch (named) {
      return named;
    }
  });
  expect(postgresFailure({ source: 'shop' }, error)).toMatchObject({
    message: expect.stringMatching(/^source "shop", table "orders": it failed\./) as string,
    details: [{ source: 'shop', causes: [{ table: 'orders' }] }],
  });
});

test('an ApplicationFailure and a bug are returned unchanged', () => {
  const ours = ApplicationFailure.create({ message: 'ours' });
  expect(postgresFailure({}, ours)).toBe(ours);
  const bug = new TypeError('undefined is not a function');
  expect(postgresFailure({}, bug)).toBe(bug);
});
