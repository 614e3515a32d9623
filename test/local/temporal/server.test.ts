import { Client, Connection } from '@temporalio/client';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { isRunning } from '../../../local/process/running-process.ts';
import { temporalBinary } from '../../../local/temporal/binary.ts';
import { startTemporal } from '../../../local/temporal/server.ts';
import type { TemporalServer } from '../../../local/temporal/server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

beforeAll(async () => {
  // The server may have to be downloaded the first time.
  await temporalBinary();
}, 400_000);

test('a server killed while it works starts again with its data', async () => {
  const folder = await temporaryFolder('temporal with spaces');
  const first = await startTemporal({ folder });
  await withClient(first, (client) =>
    client.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'kept' }),
  );
  await first.kill();
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

  const second = await startTemporal({ folder });
  const kept = await withClient(second, (client) => client.workflow.getHandle('kept').describe());
  expect(kept.status.name).toBe('RUNNING');
  await second.stop();
  expect(isRunning(second.pid)).toBe(false);
});

test('a server that ends at its start, because a port was taken from it, is started again', async () => {
  const folder = await temporaryFolder('temporal');
  const binary = join(folder, 'ends-the-first-time');
  await writeFile(
    binary,
    `#!/bin/sh
if mkdir '${folder}/started' 2>/dev/null; then echo 'bind: address already in use' >&2; exit 1; fi
exec '${await temporalBinary()}' "$@"
`,
    { mode: 0o700 },
  );
  const server = await startTemporal({ folder, binary });
  expect((await fetch(server.uiUrl)).status).toBe(200);
  await server.stop();
  await rm(join(folder, 'started'), { recursive: true });
  await writeFile(binary, '#!/bin/sh\necho unusable >&2; exit 1\n');
  await expect(startTemporal({ folder, binary })).rejects.toThrow(/does not start .*: unusable/);
});

test('an orphaned server is stopped before the next one starts', async () => {
  const folder = await temporaryFolder('temporal');
  const left = await startTemporal({ folder });
  const next = await startTemporal({ folder, ports: left.ports });
  expect(isRunning(left.pid)).toBe(false);
  expect(next.address).toBe(left.address);
  expect((await fetch(next.uiUrl)).status).toBe(200);
  await next.stop();
});

test('a port in use is reported', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const ui = (other.address() as AddressInfo).port;
  const folder = await temporaryFolder('temporal');
  await expect(startTemporal({ folder, ports: { ui } })).rejects.toThrow(
    `cannot listen on 127.0.0.1:${ui}, because another program uses that port`,
  );
  other.close();
});

test('a TEMPORAL_CLI_PATH that does not exist is reported', async () => {
  const before = process.env.TEMPORAL_CLI_PATH;
  process.env.TEMPORAL_CLI_PATH = '/nowhere/temporal';
  try {
    await expect(temporalBinary()).rejects.toThrow(
      'TEMPORAL_CLI_PATH is /nowhere/temporal, which does not exist',
    );
  } finally {
    if (before === undefined) delete process.env.TEMPORAL_CLI_PATH;
    else process.env.TEMPORAL_CLI_PATH = before;
  }
});

async function withClient<T>(server: TemporalServer, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
