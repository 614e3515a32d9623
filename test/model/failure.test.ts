import { createFailure, failureMessage, failureTypes } from '../../model/failure.ts';

test('a message has the subject, table, problem and advice, one cause a line', () => {
  expect(
    failureMessage({
      source: 'shop',
      causes: [
        { table: 'orders', problem: 'it does not exist', advice: 'Create it.' },
        { table: 'pages', problem: 'it is a view.' },
      ],
    }),
  ).toBe(
    'source "shop", table "orders": it does not exist. Create it.\nsource "shop", table "pages": it is a view.',
  );
});

test('a statement is on a line of its own, without a full stop', () => {
  const message = failureMessage({
    source: 'shop',
    warehouse: true,
    causes: [{ problem: 'no privilege', advice: 'Run:', sql: 'grant select on t to r' }],
  });
  expect(message.split('\n')).toEqual([
    'source "shop", the warehouse: no privilege. Run:',
    'grant select on t to r;',
  ]);
});

test('the message of a failure without a subject is its problem', () => {
  expect(failureMessage({ causes: [{ problem: 'tidehouse.yaml:3: not YAML' }] })).toBe(
    'tidehouse.yaml:3: not YAML.',
  );
});

test('a thrown failure has its details, then the result of the run', () => {
  const details = { place: 'minsk', causes: [{ problem: 'no answer' }] } as const;
  const failure = createFailure(failureTypes.unavailable, details, { retryAfterMs: 500 });
  expect(failure).toMatchObject({
    type: 'Unavailable',
    nonRetryable: false,
    nextRetryDelay: 500,
    message: 'place "minsk": no answer.',
    details: [details],
  });
  const result = { places: {} };
  expect(createFailure('PlacesFailed', details, { final: true, result })).toMatchObject({
    nonRetryable: true,
    details: [details, result],
  });
});
