import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { createPing } from '../../../activities/alerts/ping.ts';
import { quietAlerts, testConfig } from '../../support/config.ts';
import { failureOf } from '../../support/failure-of.ts';

const secret = 'Secret-in-the-address-that-nobody-may-see';
let server: Server;
let calls: string[];
let status: number;
beforeEach(async () => {
  calls = [];
  status = 200;
  server = createServer((request, response) => {
    calls.push(request.url ?? '');
    response.writeHead(status).end('OK');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const pingOf = (url: string | undefined) =>
  createPing(
    testConfig({
      sources: {},
      warehouse: '',
      staging: '',
      alerts: { ...quietAlerts, ping: url === undefined ? undefined : { value: url } },
    }),
    { ...defaultTimeouts, requestMs: 500 },
  );
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`;

test("the dead man's switch is called at its address", async () => {
  await new MockActivityEnvironment().run(pingOf(url()));
  expect(calls).toEqual([`/${secret}`]);
});

test('without an address nothing is sent', async () => {
  await new MockActivityEnvironment().run(pingOf(undefined));
  expect(calls).toEqual([]);
});

test('a switch that returns 500 or cannot be reached is a failure without its address', async () => {
  status = 500;
  const refused = await failureOf(pingOf(url()));
  const away = await failureOf(pingOf(`http://127.0.0.1:1/${secret}`));
  expect(refused.message).toContain('returned 500');
  expect(away.message).toContain('(connection refused)');
  for (const failure of [refused, away])
    expect([failure.message, failure.stack, JSON.stringify(failure)].join('\n')).not.toContain(secret);
});
