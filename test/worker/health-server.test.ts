import { startSync } from '../../client/run/start.ts';
import { pagePolicy } from '../../page/render/render.ts';
import { freePorts } from '../../local/process/free-port.ts';
import { eventually } from '../support/eventually.ts';
import { openStar } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { workerFiles } from '../support/worker-files.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

describe('health and metrics', () => {
  let star: Star;
  let temporal: TestTemporal;
  let given: { config: string; temporal: string };
  let ports: Record<'health' | 'metrics' | 'page', number>;

  beforeAll(async () => {
    star = await openStar();
    await star.host.query(`insert into pages (name, created_at) values ('a', now()), ('b', now())`);
    temporal = await openTemporal();
    ports = await freePorts({ health: undefined, metrics: undefined, page: undefined });
    given = await workerFiles(star, temporal, { pages: {} });
  }, 400_000);
  afterAll(() => star.close());

  const env = () => ({
    TIDEHOUSE_HEALTH: `127.0.0.1:${ports.health}`,
    TIDEHOUSE_METRICS: `127.0.0.1:${ports.metrics}`,
    TIDEHOUSE_PAGE: `127.0.0.1:${ports.page}`,
  });
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${ports.health}${path}`);
    return { code: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const isReady = () =>
    ask('/readyz').then(
      ({ code }) => code === 200,
      () => false,
    );
  const metrics = async () => (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text();

  test.each(['TIDEHOUSE_HEALTH', 'TIDEHOUSE_METRICS', 'TIDEHOUSE_PAGE'])(
    'with %s on a port in use, a worker exits with 2 and names the variable',
    async (name) => {
      const port = new URL(star.warehouseUrl).port;
      const worker = startWorkerProcess({ ...given, env: { [name]: `127.0.0.1:${port}` } });
      expect(await worker.ended).toBe(2);
      expect(worker.stderr()).toMatch(new RegExp(`^Cannot listen on ${name}, 127.0.0.1:${port} .*\n$`));
    },
  );

  test('with an invalid address, a worker exits with 2 and shows a valid one', async () => {
    const worker = startWorkerProcess({ ...given, env: { TIDEHOUSE_HEALTH: 'everywhere' } });
    expect(await worker.ended).toBe(2);
    expect(worker.stderr()).toMatch(/^TIDEHOUSE_HEALTH is "everywhere", .* 127\.0\.0\.1:9464.*\n$/);
  });

  test('a worker is alive and ready, counts landed rows, serves the page, and is not ready while Temporal does not respond', async () => {
    const worker = startWorkerProcess({ ...given, env: env(), logLevel: 'info' });
    await eventually('the worker is ready', isReady);
    expect(await ask('/healthz')).toEqual({ code: 200, body: { alive: true } });
    expect((await ask('/readyz')).body).toEqual({
      ready: true,
      workers: [
        { queue: 'tidehouse', state: 'RUNNING' },
        { queue: 'files', state: 'RUNNING' },
      ],
    });
    expect((await ask('/elsewhere')).code).toBe(404);

    await (await startSync(temporal.client, undefined)).result();
    await star.host.query(`delete from pages where name = 'b'`);
    await (await startSync(temporal.client, undefined)).result();
    const said = await metrics();
    expect(samples(said, 'tidehouse_rows')).toEqual([
      'change=deleted source=project_a table=pages 1',
      'change=inserted source=project_a table=pages 2',
      'change=updated source=project_a table=pages 0',
    ]);
    expect(samples(said, 'tidehouse_cycle_seconds_count')).toEqual(['source=project_a 2']);
    expect(samples(said, 'tidehouse_source_lag_seconds')).toEqual([
      expect.stringMatching(/^source=project_a \d/),
    ]);
    expect(samples(said, 'tidehouse_source_complete_through_seconds')).toHaveLength(1);
    expect(said).toMatch(/^temporal_workflow_completed\{/m);
    for (const line of worker.stderr().trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({
        time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        level: expect.stringMatching(/^[A-Z]+$/) as string,
        message: expect.any(String) as string,
      });

    const page = await fetch(`http://127.0.0.1:${ports.page}/`);
    expect(page.headers.get('content-security-policy')).toBe(pagePolicy);
    const text = await page.text();
    expect(text).not.toContain('cannot be drawn');
    for (const shown of [
      'class="cell landed"',
      '<td>pages</td>',
      '<li><i class="change-0"></i>inserted 2</li>',
      '<i class="activity-0"></i>extract</li>',
      'the table arrived',
    ])
      expect([shown, text.includes(shown)]).toEqual([shown, true]);
    expect(text).not.toContain(new URL(star.warehouseUrl).password || 'no password');
    expect((await fetch(`http://127.0.0.1:${ports.page}/etc`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${ports.page}/`, { method: 'POST' })).status).toBe(405);

    await temporal.close();
    const { body } = await eventually('the worker is not ready', async () => {
      const answer = await ask('/readyz');
      return answer.code === 503 && answer;
    });
    expect(body).toMatchObject({ ready: false, reason: 'Temporal does not respond' });
    expect((await ask('/healthz')).code).toBe(200);
    expect(await worker.stop()).toBe(0);
  });
});

/** The values of a metric with its own labels. */
function samples(said: string, metric: string): string[] {
  return said
    .split('\n')
    .filter((line) => line.startsWith(`${metric}{`))
    .map((line) => {
      const ours = [...line.matchAll(/\b(source|table|change)="([^"]*)"/g)];
      return [...ours.map(([, name, value]) => `${name}=${value}`), line.split(' ').at(-1)].join(' ');
    })
    .sort();
}
