import { connect, isIP } from 'node:net';
import { connect as connectWithTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import type { TLSConfig } from '@temporalio/client';
import { networkProblem } from '../../model/network-problem.ts';
import type { TemporalConnection } from '../../worker/temporal-connection.ts';

const answersWithinMs = 2_000;

/**
 * Why Temporal cannot be used, and what to do, as the rest of a sentence that begins with "Temporal at …". Connects once
 * more, because the SDK's error says it in gRPC's own words.
 */
export async function whyUnreachable({ address, options }: TemporalConnection): Promise<string> {
  const tls = options.tls ? tlsOptions(options.tls) : undefined;
  const { code, message } = await greet(address, tls);
  if (tls && code === notTls)
    return `does not use TLS (${message}). Remove TEMPORAL_TLS…, TEMPORAL_API_KEY and tls in temporal.toml, or set TEMPORAL_TLS=false.`;
  if (tls && isOfTls(code))
    return `cannot be reached: the TLS handshake failed (${message}). Check the client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH) and the trusted server (TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_SERVER_NAME), or tls in temporal.toml.`;
  if (!tls && (code === closed || code === answered) && (await usesTls(address)))
    return `refuses a connection without TLS (${message}). Set TEMPORAL_TLS=true, or tls in temporal.toml.`;
  return `cannot be reached (${message}). Start it (for a trial: temporal server start-dev), or set its address in TEMPORAL_ADDRESS or temporal.toml.`;
}

/** OpenSSL's error when the other side does not speak TLS. */
const notTls = 'ERR_SSL_WRONG_VERSION_NUMBER';
/** The code of a connection that the other side closed. */
const closed = 'ECONNRESET';
/** The code of a connection that the other side closed after the TLS handshake, as when it does not accept a certificate. */
const closedWithTls = 'ERR_CLOSED';
/** A response arrived. */
const answered = 'answered';

/** What came of a connection: a code of Node or OpenSSL, and its text. */
interface Outcome {
  readonly code: string;
  readonly message: string;
}

/** Whether the code is of OpenSSL or of Node's check of a certificate: those of a network begin with one E, as ECONNREFUSED. */
function isOfTls(code: string): boolean {
  return code !== answered && (code.startsWith('ERR_') || !/^E[A-Z]/.test(code));
}

async function usesTls(address: string): Promise<boolean> {
  const { code } = await greet(address, { rejectUnauthorized: false });
  return code === answered || (isOfTls(code) && code !== notTls);
}

function tlsOptions(tls: true | TLSConfig): ConnectionOptions {
  if (tls === true) return {};
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = tls;
  return {
    ...(serverNameOverride && { servername: serverNameOverride }),
    ...(serverRootCACertificate && { ca: Buffer.from(serverRootCACertificate) }),
    ...(clientCertPair && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  };
}

/**
 * The connection preface of HTTP/2 (RFC 9113, section 3.4) with an empty SETTINGS frame, to which every gRPC server
 * responds.
 */
const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** Connects and waits for the first bytes of a response. */
function greet(address: string, tls: ConnectionOptions | undefined): Promise<Outcome> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const where = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 7233) };
  const named = isIP(where.host) ? {} : { servername: where.host };
  const socket = tls ? connectWithTls({ ...where, ALPNProtocols: ['h2'], ...named, ...tls }) : connect(where);
  return new Promise<Outcome>((resolve) => {
    socket.setTimeout(answersWithinMs, () => resolve({ code: 'ETIMEDOUT', message: 'it does not respond' }));
    let lost: Outcome = { code: closed, message: 'it closed the connection' };
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === closed ? lost : { code: error.code ?? '', message: reasonOf(error) }),
    );
    socket.once('close', () => resolve(lost));
    socket.once('data', () => resolve({ code: answered, message: 'it does not respond to a request' }));
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      if (tls) lost = { ...lost, code: closedWithTls };
      socket.write(preface);
    });
  }).finally(() => socket.destroy());
}

/** The text of an error; OpenSSL's has a reason of its own. */
function reasonOf(error: Error & { readonly reason?: string }): string {
  return networkProblem(error) ?? error.reason ?? error.message;
}
