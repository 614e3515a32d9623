import type { Socket } from 'node:net';
import type { Client } from 'pg';

/** What is used of the driver's own connection, which its types leave out. */
export interface Wire {
  /** Another one once the connection is encrypted. */
  readonly stream: Socket;
  on(event: string, heard: (message: Message) => void): void;
  once(event: string, heard: (message: Message) => void): void;
}

/** The fields of the messages of a server that are read. */
interface Message {
  readonly mechanisms?: readonly string[];
  readonly parameterName?: string;
  readonly parameterValue?: string;
}

/** The driver's connection of `client`. */
export function wireOf(client: Client): Wire {
  return (client as unknown as { connection: Wire }).connection;
}

/** The socket of the connection: destroyed, whoever waits for it fails. */
export function socketOf(client: Client): Socket {
  return wireOf(client).stream;
}
