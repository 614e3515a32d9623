import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { createFailure } from '../../model/failure.ts';
import { failureAbout, unwrapFailure } from '../../model/unwrap-failure.ts';

/** The error that a workflow receives from an activity. */
const thrownByActivity = (cause: Error) =>
  new ActivityFailure(
    'Activity task failed',
    'extract',
    '1',
    RetryState.MAXIMUM_ATTEMPTS_REACHED,
    'w',
    cause,
  );

test('the outermost ApplicationFailure counts, with its details', () => {
  const driver = ApplicationFailure.create({ message: 'read ECONNRESET', type: 'Error' });
  const details = { source: 'shop', causes: [{ problem: 'it hung up' }] } as const;
  const failure = createFailure('Unavailable', details, { cause: driver });
  expect(unwrapFailure(thrownByActivity(failure))).toEqual({
    type: 'Unavailable',
    message: 'source "shop": it hung up.',
    details,
  });
});

test('a failure of another program has a message and no details', () => {
  const foreign = ApplicationFailure.create({ message: 'boom', type: 'Boom', details: ['text'] });
  expect(unwrapFailure(thrownByActivity(foreign))).toEqual({ type: 'Boom', message: 'boom' });
});

test.each<[string, Error, RegExp]>([
  [
    'a lost worker',
    new TimeoutFailure('heartbeat', undefined, TimeoutType.HEARTBEAT),
    /^its worker stopped responding/,
  ],
  [
    'a timeout',
    new TimeoutFailure('late', undefined, TimeoutType.START_TO_CLOSE),
    /^it took longer than allowed \(START_TO_CLOSE\)/,
  ],
  [
    'a termination with its reason',
    new TerminatedFailure('stuck'),
    /^the run was terminated manually \(stuck\)\. /,
  ],
  [
    'a termination without a reason',
    new TerminatedFailure('Terminated'),
    /^the run was terminated manually\. /,
  ],
  ['a cancellation', new CancelledFailure('Cancelled'), /^the run was cancelled\. /],
])('%s is described', (_, error, message) => {
  expect(unwrapFailure(thrownByActivity(error)).message).toMatch(message);
});

test('any other error keeps its own text', () => {
  expect(unwrapFailure(new RangeError('out of range'))).toEqual({ type: 'Error', message: 'out of range' });
  expect(unwrapFailure('text')).toEqual({ type: 'Error', message: 'text' });
});

describe('a failure is given its subject', () => {
  test('when it has none', () => {
    const failure = failureAbout({ source: 'shop' }, unwrapFailure(new TerminatedFailure('stuck')));
    expect(failure.message).toBe(
      'source "shop": the run was terminated manually (stuck). The next run tries again.',
    );
    expect(failure.details).toMatchObject({ source: 'shop' });
  });

  test('in addition to the warehouse, if it happened there', () => {
    const away = createFailure('Unavailable', { warehouse: true, causes: [{ problem: 'down' }] });
    expect(failureAbout({ source: 'shop' }, unwrapFailure(away))).toMatchObject({
      message: 'source "shop", the warehouse: down.',
      details: { source: 'shop', warehouse: true },
    });
  });

  test('never in place of another', () => {
    const other = unwrapFailure(createFailure('Unavailable', { place: 'minsk', causes: [{ problem: 'p' }] }));
    expect(failureAbout({ source: 'shop' }, other)).toBe(other);
  });
});
