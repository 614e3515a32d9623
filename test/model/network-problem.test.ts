import { connect, createServer } from 'node:net';
import type { AddressInfo, NetConnectOpts } from 'node:net';
import { networkProblem } from '../../model/network-problem.ts';

/** The error of Node itself. */
const errorOf = (options: NetConnectOpts) =>
  new Promise<Error>((resolve) => connect(options).once('error', resolve));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a refused connection and a host that does not exist are said in words, with the other side', async () => {
  const port = await freePort();
  expect(networkProblem(await errorOf({ host: '127.0.0.1', port }))).toBe(
    `connection refused by 127.0.0.1:${port}`,
  );
  expect(networkProblem(await errorOf({ host: 'localhost', port, autoSelectFamily: true }))).toMatch(
    new RegExp(`^connection refused by (127\\.0\\.0\\.1|\\[::1\\]):${port}$`),
  );
  const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND db.invalid'), {
    code: 'ENOTFOUND',
    hostname: 'db.invalid',
  });
  expect(networkProblem(unknown)).toBe('no such host: db.invalid');
});

test('an error that does not say where has its words alone', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  expect(networkProblem(reset)).toBe('connection reset');
});

test('an error that is not about a connection, or that says it in its own words, is left alone', () => {
  const late = Object.assign(new Error('it does not respond'), { code: 'ETIMEDOUT' });
  for (const error of [late, new Error('ECONNREFUSED'), 'ECONNREFUSED', undefined, null])
    expect(networkProblem(error)).toBeUndefined();
});
