import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { defineActivity } from '../../activities/activity.ts';
import type { Attempt } from '../../activities/activity.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import type { ConfigReader } from '../../model/config.ts';
import { ConfigError } from '../../model/config.ts';
import { testConfig } from '../support/config.ts';
import { failureOf } from '../support/failure-of.ts';
import { freshDatabase } from '../support/postgres.ts';
import type { FreshDatabase } from '../support/postgres.ts';

let database: FreshDatabase;
let reader: ConfigReader;
beforeAll(async () => {
  database = await freshDatabase('activity');
  reader = testConfig({ sources: { shop: database.url }, warehouse: database.url, staging: '' });
});
afterAll(() => database.drop());

const activity = <T>(work: (attempt: Attempt, source: string) => Promise<T>, config = reader) =>
  defineActivity({ config, timeouts: defaultTimeouts }, work);

test('both connections are closed when the work ends and when it fails', async () => {
  const sessions = async (attempt: Attempt) =>
    attempt.onWarehouse('shop', async (client) => {
      const { rows } = await client.query<{ count: string }>(
        'select count(*) from pg_stat_activity where datname = current_database()',
      );
      return Number(rows[0]!.count);
    });
  const used = activity(async (attempt, source) => {
    await attempt.onSource(source, (client) => client.query('select 1'));
    await attempt.onSource(source, (client) => client.query('select 1 / 0')).catch(() => undefined);
    return sessions(attempt);
  });
  expect(await new MockActivityEnvironment().run(used, 'shop')).toBe(1);
});

test('a cancelled activity cuts its connection in the middle of a statement', async () => {
  const environment = new MockActivityEnvironment();
  const sleeping = activity((attempt, source) =>
    attempt.onSource(source, (client) => {
      environment.cancel();
      return client.query('select pg_sleep(60)');
    }),
  );
  await expect(environment.run(sleeping, 'shop')).rejects.toBeInstanceOf(CancelledFailure);
});

test('progress is reported in the next heartbeat', async () => {
  const environment = new MockActivityEnvironment();
  const beat = new Promise((resolve) =>
    environment.on('heartbeat', (progress: object) => {
      if ('table' in progress) resolve(progress);
    }),
  );
  const working = activity(async ({ report }) => {
    report({ table: 'orders' });
    return beat;
  });
  expect(await environment.run(working, 'shop')).toEqual({ table: 'orders' });
});

test('an unknown source and an invalid config are final failures', async () => {
  const asked = activity((attempt, source) => attempt.onSource(source, (client) => client.query('select 1')));
  expect(await failureOf(asked, 'nobody')).toMatchObject({
    type: 'BadConfig',
    nonRetryable: true,
    message: 'source "nobody": not in the config, which has shop.',
    details: [{ source: 'nobody' }],
  });
  const invalid = { ...reader, read: () => Promise.reject(new ConfigError(['tidehouse.yaml:3: not YAML'])) };
  expect(
    await failureOf(
      activity(() => Promise.resolve(), invalid),
      'shop',
    ),
  ).toMatchObject({
    type: 'BadConfig',
    nonRetryable: true,
    message: 'tidehouse.yaml:3: not YAML.',
  });
});
