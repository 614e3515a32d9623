import type { Failure } from '../../model/failure.ts';
import { shortFailure } from '../../model/short-failure.ts';

const failure = (
  ...causes: [{ problem: string; advice?: string; sql?: string }, ...{ problem: string }[]]
): Failure => ({
  type: 'CannotRead',
  message: 'm'.repeat(1_000),
  details: { source: 'shop', causes },
});

test('a failure that is short enough stays whole but for its message', () => {
  const causes = [{ problem: 'one', advice: 'Do this.', sql: 'select 1' }, { problem: 'two' }] as const;
  expect(shortFailure(failure(...causes), 100)).toEqual({
    type: 'CannotRead',
    message: `${'m'.repeat(99)}…`,
    details: { source: 'shop', causes },
  });
});

test('of many causes the first ones stay', () => {
  const { details } = shortFailure(
    failure({ problem: 'a'.repeat(60) }, { problem: 'b'.repeat(30) }, { problem: 'c'.repeat(30) }),
    100,
  );
  expect(details!.causes.map(({ problem }) => problem[0])).toEqual(['a', 'b']);
});

test('a long problem is cut, and its advice and statement stay whole while they fit', () => {
  const long = { problem: 'a'.repeat(200), advice: 'Do this.', sql: 'select 1' };
  expect(shortFailure(failure(long), 100).details!.causes).toEqual([
    { ...long, problem: `${'a'.repeat(83)}…` },
  ]);
  const longer = { ...long, sql: 's'.repeat(100) };
  expect(shortFailure(failure(longer), 100).details!.causes).toEqual([{ problem: `${'a'.repeat(99)}…` }]);
});

test('a failure without details keeps its type and the beginning of its message', () => {
  expect(shortFailure({ type: 'Error', message: 'abcdef' }, 4)).toEqual({ type: 'Error', message: 'abc…' });
});
