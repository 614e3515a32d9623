import { Connection } from '@temporalio/client';
import { connect } from 'node:net';
import { poll } from '../process/poll.ts';
import type { ServerProcess } from '../process/server-process.ts';

/** Waits until the server responds to a gRPC request. Returns false when it exits or takes too long. */
export async function becomesReady(server: ServerProcess, port: number): Promise<boolean> {
  // First without gRPC, which waits for a second after a refused connection.
  const listening = await poll(
    async () => (server.exit() ? 'exited' : (await listens(port)) && 'listens'),
    60_000,
  );
  if (listening !== 'listens') return false;
  const connection = Connection.lazy({
    address: `127.0.0.1:${port}`,
    // A proxy in the environment must not be used for connections to this machine.
    channelArgs: { 'grpc.enable_http_proxy': 0 },
  });
  try {
    const answer = await poll(async () => {
      if (server.exit()) return 'exited';
      const request = connection.workflowService.describeNamespace({ namespace: 'default' });
      return request.then(
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
