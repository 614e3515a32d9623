import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { inventedPath } from '../../model/weather.ts';

/** A weather service on this machine, without a key and without a network. */
export interface DemoStation {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a demo weather station on loopback. It responds like OpenWeather at `/data/2.5/weather`, with a new observation
 * every ten minutes, and like Open-Meteo at `/v1/forecast` and `/v1/archive`, by the hour, all below a path that says so: the
 * weather is invented. Days are coldest before dawn, and fronts pass with gusts. It is always the same for the same place and time.
 */
export async function startDemoStation(port = 0): Promise<DemoStation> {
  const server = createServer(answer);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${inventedPath}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://station');
  const path = pathname.startsWith(inventedPath) ? pathname.slice(inventedPath.length) : undefined;
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (path === '/data/2.5/weather') {
    if (!searchParams.get('appid')) send(401, { cod: 401, message: 'Invalid API key.' });
    else send(200, openWeather(Number(searchParams.get('lat')), Number(searchParams.get('lon')), Date.now()));
  } else if (path === '/v1/forecast' || path === '/v1/archive') send(200, openMeteo(searchParams));
  else send(404, { cod: '404', message: 'not found' });
}

const tenMinutesMs = 600_000;
const hourMs = 3_600_000;

function openWeather(lat: number, lon: number, now: number) {
  const time = now - (now % tenMinutesMs);
  const { temp, feels, pressure, speed, deg, gust } = weatherAt(lat, lon, time);
  return {
    coord: { lat, lon },
    weather: [{ id: 803, main: 'Clouds', description: 'broken clouds' }],
    main: { temp, feels_like: feels, temp_min: temp, temp_max: temp, pressure, humidity: 80 },
    wind: { speed, deg, ...(gust > speed * 1.5 && { gust }) },
    clouds: { all: 75 },
    dt: time / 1000,
    name: 'demo',
    cod: 200,
  };
}

function openMeteo(params: URLSearchParams) {
  const [lat, lon] = [Number(params.get('latitude')), Number(params.get('longitude'))];
  const names = (params.get('hourly') ?? params.get('current') ?? '').split(',');
  const column = (name: string) => (time: number) => {
    const { temp, feels, pressure, speed, deg, gust } = weatherAt(lat, lon, time);
    const byName: Readonly<Record<string, number>> = {
      temperature_2m: temp,
      apparent_temperature: feels,
      pressure_msl: pressure,
      wind_speed_10m: speed,
      wind_direction_10m: deg,
      wind_gusts_10m: gust,
    };
    return byName[name] ?? null;
  };
  if (params.has('current')) {
    const time = Date.now() - (Date.now() % (tenMinutesMs * 1.5));
    const values = names.map((name) => [name, column(name)(time)]);
    return { current: { ...Object.fromEntries(values), time: time / 1000 } as object };
  }
  const from = Date.parse(`${params.get('start_date')}T00:00:00Z`);
  const to = Date.parse(`${params.get('end_date')}T23:00:00Z`);
  const hours = Array.from({ length: Math.max(0, (to - from) / hourMs + 1) }, (_, at) => from + at * hourMs);
  const values = names.map((name) => [name, hours.map(column(name))]);
  return { hourly: { ...Object.fromEntries(values), time: hours.map((hour) => hour / 1000) } as object };
}

/** The weather in °C, hPa, m/s and degrees: a sum of waves with incommensurable periods. */
function weatherAt(lat: number, lon: number, time: number) {
  const days = time / (24 * hourMs);
  const wave = (length: number, shift: number) => Math.sin(2 * Math.PI * (days / length + shift + lon / 360));
  const front = wave(5.3, lat / 90) + 0.5 * wave(2.1, 0.3);
  const temp =
    14 - Math.abs(lat) / 4 - 8 * wave(365.25, 0.2) * Math.sign(lat || 1) + 3 * front + 4 * wave(1, -0.4);
  const speed = 3 + 2 * Math.abs(front) + wave(0.31, 0.1);
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    temp: round(temp),
    feels: round(temp - speed * 0.6),
    pressure: Math.round(1013 - 9 * front),
    speed: round(Math.max(0.2, speed)),
    deg: Math.round(180 + 170 * wave(3.7, 0.6)),
    gust: round(Math.max(0.3, speed * (1.3 + 0.5 * Math.abs(wave(0.17, 0.9))))),
  };
}
