import { boundedDetails, createFailure, failureMessage, failureTypes } from '../../model/failure.ts';

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

test('bounded details have few causes with short problems, say how many more there were, and keep statements whole', () => {
  const sql = `alter table t ${'add column c int, '.repeat(100)}add column d int`;
  const causes = Array.from({ length: 30 }, (_, at) => ({
    table: `t${at}`,
    problem: 'it is long, '.repeat(1_000),
    sql,
  }));
  const [first, ...others] = causes;
  const bounded = boundedDetails({ source: 'shop', causes: [first!, ...others] });
  expect(bounded.source).toBe('shop');
  expect(bounded.causes).toHaveLength(21);
  expect(bounded.causes[19]).toMatchObject({ table: 't19', sql });
  expect(bounded.causes[20]).toEqual({ problem: 'and 10 more' });
  expect(Math.max(...bounded.causes.map(({ problem }) => problem.length))).toBe(1_000);
  const few = { source: 'shop', causes: [{ problem: 'it is down' }] } as const;
  expect(boundedDetails(few)).toEqual(few);
});
