import { once } from 'node:events';
import { connect, constants, createSecureServer } from 'node:http2';
import type {
  ClientHttp2Session,
  Http2Session,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
  ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Certified } from './certificates.ts';

/** A gateway in front of a Temporal server, which has neither TLS nor authentication. */
export interface TemporalGateway {
  readonly address: string;
  /** From now on, lets only clients with this API key through. */
  demand(apiKey: string): void;
  /** The namespaces in the header of calls, where Temporal Cloud expects them. */
  readonly namespaces: ReadonlySet<string>;
  close(): Promise<void>;
}

/** Opens a gateway. With `clients`, the certificate of an authority, it accepts only clients with a certificate issued by it. */
export async function openGateway(
  temporal: string,
  server: Certified,
  clients?: string,
): Promise<TemporalGateway> {
  const upstream = connect(`http://${temporal}`);
  const namespaces = new Set<string>();
  const sessions = new Set<Http2Session>([upstream]);
  let demanded: string | undefined;

  const gateway = createSecureServer({
    key: server.key,
    cert: server.certificate,
    ...(clients !== undefined && { ca: clients, requestCert: true, rejectUnauthorized: true }),
  });
  gateway.on('session', (session) => sessions.add(session));
  for (const trouble of ['tlsClientError', 'sessionError'] as const) gateway.on(trouble, () => undefined);
  upstream.on('error', () => undefined);
  gateway.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    if (demanded !== undefined && headers.authorization !== `Bearer ${demanded}`)
      stream.respond(unauthenticated, { endStream: true });
    else {
      const namespace = headers['temporal-namespace'];
      if (typeof namespace === 'string') namespaces.add(namespace);
      forward(stream, headers, upstream);
    }
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  return {
    address: `localhost:${(gateway.address() as AddressInfo).port}`,
    demand: (apiKey) => void (demanded = apiKey),
    namespaces,
    async close() {
      for (const session of sessions) session.destroy();
      gateway.close();
      await once(gateway, 'close');
    },
  };
}

/** A gRPC denial: status 16 in the headers instead of trailers. */
const unauthenticated: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-status': '16',
  'grpc-message': 'Request unauthorized.',
};

/** Forwards a call, its response and the trailers, which have the gRPC status. */
function forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, to: ClientHttp2Session): void {
  const call = to.request(headers);
  stream.pipe(call);
  call.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  stream.on('close', () => call.close());
  call.on('response', (answer, flags) => {
    const whole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    if (stream.destroyed) return;
    stream.respond(answer, whole ? { endStream: true } : { waitForTrailers: true });
    if (!whole) call.pipe(stream);
  });
  let trailers: OutgoingHttpHeaders = {};
  call.on('trailers', (sent: OutgoingHttpHeaders) => (trailers = sent));
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
}
