import { readFileSync } from 'node:fs';

/**
 * npm run test:unit: the tests that need neither a server nor a build, in a few seconds. Nothing is started, so a test that
 * needs one fails here.
 */
const { globalSetup, globalTeardown, ...config } = JSON.parse(
  readFileSync(new URL('jest.config.json', import.meta.url), 'utf8'),
);

export default {
  ...config,
  testMatch: [
    'test/*.test.ts',
    'test/model/**/*.test.ts',
    'test/activities/alerts/{notify,ping}.test.ts',
    'test/activities/alerts/telegram/*.test.ts',
    'test/activities/weather/{parquet,parse-time}.test.ts',
    'test/activities/alerts/checks/{disk,sources}.test.ts',
    'test/activities/postgres/errors.test.ts',
    'test/client/run/{retry-log,sync-progress,sync-report,weather-report}.test.ts',
    'test/client/schedules/{search-attributes,wanted}.test.ts',
    'test/client/status/report.test.ts',
    'test/client/tables/unmatched.test.ts',
    'test/client/terminal.test.ts',
    'test/client/terminal/*.test.ts',
    'test/client/up/{keep-running,note}.test.ts',
    'test/local/process/*.test.ts',
    'test/page/render/*.test.ts',
    'test/worker/{listen-address,log-line}.test.ts',
    'test/workflows/{land-changes,markdown-table}.test.ts',
  ].map((path) => `<rootDir>/${path}`),
};
