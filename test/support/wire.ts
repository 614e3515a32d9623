import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A network between a client and a Postgres server that can be stopped or cut at a given statement. */
export interface Wire {
  /** The server's URL through this wire. */
  readonly url: string;
  /** Resolves when a client sends a statement with `text` for the `nth` time, which then waits until `release`. */
  holdAt(text: string, nth?: number): Promise<void>;
  release(): void;
  /** Lets a statement with `text` through and cuts the connection when the server responds, so the client never receives the outcome. */
  cutAfter(text: string): void;
  /** From now on, how many rows a COPY has sent arrives later than the rows. */
  delayCountOfCopy(): void;
  close(): Promise<void>;
}

/** The message with which Postgres ends the rows of a COPY. */
const copyDone = Buffer.from('c\0\0\0\x04');

interface Trap {
  readonly text: string;
  readonly cut: boolean;
  left: number;
  caught(): void;
}

export async function openWire(serverUrl: string): Promise<Wire> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let trap: Trap | undefined;
  let released: () => void = () => undefined;
  let delaysCount = false;

  /** The trap if the chunk matches it; the trap is then sprung. */
  const springs = (chunk: Buffer): Trap | undefined => {
    if (!trap || !chunk.includes(trap.text) || --trap.left > 0) return undefined;
    const sprung = trap;
    trap = undefined;
    sprung.caught();
    return sprung;
  };

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    let cut = false;
    client.on('data', (chunk: Buffer) => {
      const sprung = springs(chunk);
      if (!sprung || sprung.cut) {
        cut = sprung !== undefined;
        upstream.write(chunk);
        return;
      }
      client.pause();
      released = () => {
        upstream.write(chunk);
        client.resume();
      };
    });
    upstream.on('data', (chunk: Buffer) => {
      const end = delaysCount ? chunk.indexOf(copyDone) : -1;
      if (cut) client.destroy();
      else if (end === -1) client.write(chunk);
      else {
        const rows = end + copyDone.length;
        client.write(chunk.subarray(0, rows));
        upstream.pause();
        setTimeout(() => {
          client.write(chunk.subarray(rows));
          upstream.resume();
        }, 20);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);

  return {
    url: url.href,
    holdAt: (text, nth = 1) =>
      new Promise((caught) => {
        trap = { text, cut: false, left: nth, caught };
      }),
    release: () => released(),
    cutAfter(text) {
      trap = { text, cut: true, left: 1, caught: () => undefined };
    },
    delayCountOfCopy() {
      delaysCount = true;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
