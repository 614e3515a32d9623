import { inspect } from 'node:util';
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

test('every class of codes that can occur has advice, and is final or temporary', () => {
  const classes = {
    final: ['28', '3D', 'NO_TLS', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'EPROTO'],
    table: ['09', '0A', '21', '22', '23', '2F', '38', '39', '3F', '42', '44', '54', 'HV', 'P0', 'XX001'],
    temporary: ['08', '25', '25P02', '25006', '40', '40001', '53', '53200', '55', '57', '58', 'F0', 'XX'],
  };
  for (const [nature, codes] of Object.entries(classes))
    for (const code of codes.map((given) => (given.length === 2 ? `${given}000` : given))) {
      expect([code, failureOf(code)]).toMatchObject([
        code,
        {
          type: nature === 'table' ? 'CannotLand' : 'Unavailable',
          nonRetryable: nature !== 'temporary',
          message: expect.stringMatching(/^source "shop": it failed\. [A-Z].*\.$/) as string,
        },
      ]);
    }
});

test('an error without a known code is temporary and has no advice', () => {
  expect(failureOf('EADDRNOTAVAIL')).toMatchObject({
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

test.each([
  [
    {
      code: '22P02',
      message: 'invalid input syntax for type integer: "secret"',
      where: 'COPY t, line 2, column total: "secret"',
    },
    'invalid input syntax for type integer, COPY t, line 2, column total',
  ],
  [
    {
      code: '22P02',
      message: 'invalid input syntax for type json',
      where: 'JSON data, line 1: {secret\nCOPY t, line 2, column doc: "{secret"',
    },
    'invalid input syntax for type json, COPY t, line 2, column doc',
  ],
  [
    { code: '22003', message: 'value "secret" is out of range for type integer' },
    'a value is out of range for type integer',
  ],
  [
    { code: '22P04', message: 'missing data for column "b"', where: 'COPY t, line 7: "secret,\nsecret"' },
    'missing data for column "b", COPY t, line 7',
  ],
  [
    {
      code: '23505',
      message: 'duplicate key value violates unique constraint "u"',
      constraint: 'u',
      detail: 'Key (email)=(secret) already exists.',
    },
    'duplicate key value violates unique constraint "u" (Key (email) already exists)',
  ],
  [
    {
      code: '23514',
      message: 'new row for relation "t" violates check constraint "c"',
      detail: 'Failing row contains (secret).',
    },
    'new row for relation "t" violates check constraint "c"',
  ],
])('of a row that is refused, a failure has no value: %j', ({ message, ...more }, problem) => {
  const failure = postgresFailure({ source: 'shop' }, Object.assign(new Error(message), more));
  expect(failure).toMatchObject({ details: [{ causes: [{ problem }] }] });
  expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('secret');
});

test('an ApplicationFailure and a bug are returned unchanged', () => {
  const ours = ApplicationFailure.create({ message: 'ours' });
  expect(postgresFailure({}, ours)).toBe(ours);
  const bug = new TypeError('undefined is not a function');
  expect(postgresFailure({}, bug)).toBe(bug);
});
