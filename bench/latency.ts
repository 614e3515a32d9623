import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { renderTable } from '../client/terminal/table.ts';
import { createApplication } from './application.ts';
import { onDatabase } from './database.ts';
import { spreadOf } from './measured.ts';
import { runSync } from './tidehouse.ts';
import { withBench } from './with-bench.ts';

const [roundTripMs = 5, scale = 0.1] = process.argv.slice(2).map(Number);
const rounds = 5;

/** Measures what a warehouse that is further away costs ten minutes of changes. */
async function main(): Promise<void> {
  const medians = await withBench(async ({ servers, client }) => {
    const application = createApplication(servers.sources, scale);
    await application.seed();
    await runSync(client, servers);
    await onDatabase(servers.tidehouseUrl, (database) => database.query('vacuum analyze'));
    const median = async (): Promise<number> => {
      const times: number[] = [];
      while (times.length < rounds) {
        await application.tenMinutes();
        times.push((await runSync(client, servers)).wholeMs);
      }
      return spreadOf(times).median;
    };
    const near = await median();
    const wire = await openSlowWire(servers.tidehouseUrl, roundTripMs);
    // The worker reads the URL of the warehouse again in each run.
    const secret = join(dirname(servers.configFile), 'secrets', 'warehouse');
    const direct = await readFile(secret, 'utf8');
    await writeFile(secret, `${wire.url}\n`);
    const far = await median();
    await writeFile(secret, direct);
    await wire.close();
    return { near, far };
  });
  const seconds = (ms: number) => (ms / 1_000).toFixed(2);
  const rows = [
    ['near', seconds(medians.near)],
    [`${roundTripMs} ms away`, seconds(medians.far)],
    ['difference', seconds(medians.far - medians.near)],
  ];
  process.stdout.write(`${renderTable(['warehouse', 'ten minutes, seconds'], rows)}\n`);
}

/** A wire to a server on which a round trip takes `milliseconds` longer, however much is sent. */
async function openSlowWire(
  serverUrl: string,
  milliseconds: number,
): Promise<{ url: string; close(): Promise<void> }> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (chunk: Buffer) => setTimeout(() => to.write(chunk), milliseconds / 2));
      from.on('error', () => undefined);
      from.on('close', () => setTimeout(() => to.destroy(), milliseconds / 2));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(serverUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

void main();
