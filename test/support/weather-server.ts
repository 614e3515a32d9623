import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startDemoStation } from '../../local/demo/station.ts';

/** The server's reaction to a request; `weather` is the demo station's response. */
export type Answer =
  | 'weather'
  /** The connection is reset: before the response, or in the middle of it. */
  | 'reset'
  | 'reset midway'
  /** The server never responds. */
  | 'silence'
  /** A valid beginning, and then a space every few milliseconds, forever. */
  | 'drip'
  /** One chunk after another, as fast as the client reads them. */
  | 'flood'
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** A text is sent unchanged, anything else as JSON. */
      readonly body?: unknown;
    };

export interface WeatherRequest {
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

/** A weather service on loopback that simulates faults. */
export interface WeatherServer {
  readonly url: string;
  /** All requests, in the order of their arrival. */
  readonly requests: WeatherRequest[];
  /** Chooses the answer to each request; `weather` unless set. */
  answers: (request: WeatherRequest) => Answer;
  stop(): Promise<void>;
}

export async function startWeatherServer(): Promise<WeatherServer> {
  const station = await startDemoStation();
  const requests: WeatherRequest[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
    const received = { path: pathname, params: Object.fromEntries(searchParams) };
    requests.push(received);
    // The client may disconnect before the end.
    play(weather.answers(received), station.url, request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const weather: WeatherServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answers: () => 'weather',
    async stop() {
      server.closeAllConnections();
      server.close();
      if (server.listening) await once(server, 'close');
      await station.stop();
    },
  };
  return weather;
}

const beginning = '{"main":{"temp":1';

async function play(
  answer: Answer,
  station: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (answer === 'silence') return;
  if (answer === 'reset') request.socket.resetAndDestroy();
  else if (answer === 'reset midway')
    response
      .writeHead(200, { 'content-length': '400' })
      .write(beginning, () => request.socket.resetAndDestroy());
  else if (answer === 'drip') {
    response.writeHead(200, { 'content-type': 'application/json' }).write(beginning);
    const drops = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(drops));
  } else if (answer === 'flood') {
    const flood = () => {
      while (!response.destroyed && response.write(' '.repeat(1_000_000)));
    };
    response.on('drain', flood);
    flood();
  } else if (answer === 'weather') {
    const real = await fetch(`${station}${request.url}`);
    response.writeHead(real.status, { 'content-type': 'application/json' }).end(await real.text());
  } else {
    const { status = 200, headers = {}, body = '' } = answer;
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}
