import { Connection } from '@temporalio/client';
import { connect } from 'node:net';
import { poll } from '../process/poll.ts';
import type { ServerProcess } from '../process/server-process.ts';

/** Waits until the server answers a question over gRPC; false when it ended instead, or takes too long. */
export async function becomesReady(server: ServerProcess, port: number): Promise<boolean> {
  // First without gRPC, which after a refused connection waits for a second.
  const heard = await poll(
    async () => (server.exit() ? 'ended' : (await listens(port)) && 'listens'),
    60_000,
  );
  if (heard !== 'listens') return false;
  const connection = Connection.lazy({
    address: `127.0.0.1:${port}`,
    // A proxy in the environment is not for this machine itself.
    channelArgs: { 'grpc.enable_http_proxy': 0 },
  });
  try {
    const answer = await poll(async () => {
      if (server.exit()) return 'ended';
      const asked = connection.workflowService.describeNamespace({ namespace: 'default' });
      return asked.then(
        () => 'answers' as const,
        () => undefined,
      );
    }, 30_000);
    return answer === 'answers';
  } finally {
    await connection.close();
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
