import { extractFailure } from '../../support/extract-failure.ts';
import { postgresFailure } from '../../../activities/postgres/errors.ts';
import { query } from '../../support/query.ts';
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
    expect(failures.port.message).toMatch(/connection refused by .*\. Check that the server is running/);
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

test("Postgres's detail, hint, table, column and constraint are kept, but no value", async () => {
  const schema =
    'create temp table orders (id int primary key, total int constraint positive check (total > 0))';
  const messageOf = (statement: string) =>
    query(star.warehouseUrl, `${schema}; insert into orders values (1, 1); ${statement}`).then(
      () => '',
      (error: unknown) => postgresFailure({ source: 'shop' }, error).message,
    );
  expect(await messageOf('select totals from orders')).toMatch(
    /: column "totals" does not exist\. .* Postgres's hint: Perhaps you meant to reference the column "orders\.total"\.$/,
  );
  expect(await messageOf('insert into orders values (1, 2)')).toMatch(
    /table "orders": duplicate key .* "orders_pkey" \(Key \(id\) already exists\)\./,
  );
  expect(await messageOf('insert into orders values (null, 77)')).toMatch(
    /table "orders": null value in column "id" of relation "orders" violates not-null constraint\./,
  );
  const refused = await messageOf('insert into orders values (4, -77)');
  expect(refused).toMatch(/violates check constraint "positive"\./);
  expect(refused).not.toContain('77');
});
