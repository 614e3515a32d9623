import { extractFailure } from '../../support/extract-failure.ts';
import { openReader, readerPassword } from '../../support/reader.ts';
import { openStar } from '../../support/star.ts';
import type { Star } from '../../support/star.ts';

let star: Star;

beforeAll(async () => {
  star = await openStar({ tables: { events: {}, pages: {} } });
});
afterAll(() => star.close());

test('a wrong password, role, database or port is reported without the password', async () => {
  const reader = await openReader(star, ['events']);
  try {
    const failureWith = (change: (url: URL) => void) => {
      const url = new URL(reader.url);
      change(url);
      return extractFailure(star, { url: url.href });
    };
    const failures = {
      password: await failureWith((url) => (url.password = 'not-the-secret')),
      role: await failureWith((url) => (url.username = 'nobody_here')),
      database: await failureWith((url) => (url.pathname = '/not_there')),
      port: await failureWith((url) => (url.port = '1')),
      form: await extractFailure(star, { url: 'postgres://reader:not-the-secret@[host' }),
    };
    expect(failures.password.message).toMatch(
      /^source "project_a": .*\. Its role or password is rejected: correct the URL/,
    );
    expect(failures.role.message).toMatch(/Its role or password is rejected/);
    expect(failures.database.message).toMatch(/database "not_there" does not exist/);
    expect(failures.port.message).toMatch(/ECONNREFUSED.*\. Check that the server is running/);
    expect(failures.form.message).toMatch(/its URL is invalid/);
    expect(failures.port.nonRetryable).toBe(false);
    for (const { message, stack } of Object.values(failures)) {
      expect(`${message} ${stack}`).not.toContain('not-the-secret');
      expect(`${message} ${stack}`).not.toContain(readerPassword);
    }
  } finally {
    await reader.drop();
  }
});
