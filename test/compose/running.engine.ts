import type { Check } from '../../client/doctor/check.ts';
import type { OpenIncident } from '../../client/status/incidents.ts';
import type { Run } from '../../client/run/start.ts';
import type { StatusReport } from '../../client/status/report.ts';
import type { SyncResult } from '../../model/runs.ts';
import { eventually } from '../support/eventually.ts';
import { starTableNames } from '../support/equal-data.ts';
import { readComposeFile } from './composed.ts';
import { ComposedSystem, hasImage, notHere } from './engine.ts';

// By `npm run test:compose`: the file as it is, on the engine of DOCKER_HOST, with the images that it has; ours is built
// where it is missing. The ports of the file must be free.

jest.setTimeout(15 * 60_000);

const { services } = readComposeFile();
const hosts = ['project_a', 'project_b', 'project_c'] as const;
const started = Object.entries(services).filter(([, { profiles }]) => !profiles);
const running = started.filter(([, { restart }]) => restart !== 'no').map(([name]) => name);
const system = new ComposedSystem(`tidehouse-test-${process.pid}`);

if (notHere !== undefined) {
  test.skip(`the composed system is not started: ${notHere}`, () => undefined);
} else {
  beforeAll(async () => {
    if (!hasImage(services['worker']!.image)) await system.compose(['build', 'worker'], 14);
    await system.compose(['up', '-d']);
  });

  afterAll(() => system.remove());

  test('after "up" all that runs is healthy, and all jobs are done', async () => {
    for (const name of running) await healthy(name);
    const ended = await system.compose(['ps', '-a']);
    expect(ended).not.toMatch(/Exit(ed)? \(?[1-9]/);
  });

  test('the first sync lands all three hosts', async () => {
    await sync();
    await expectEqualData();
    const counted = await system.psql('warehouse', 'select count(*) > 0 from session_analytics');
    expect(counted.trim()).toBe('t');
  });

  test('the worker can tell how all stands, and finds nothing wrong but weather that is out of its reach', async () => {
    expect(Object.keys(((await tell('status')) as StatusReport).sources)).toEqual(hosts);
    expect(await tell('alerts', 'list')).toEqual({ incidents: expect.any(Array) as unknown });
    const { checks } = (await tell('doctor')) as { checks: Check[] };
    expect(checks.length).toBeGreaterThan(20);
    const wrong = checks.filter(
      ({ outcome, subject }) => outcome === 'failed' && !subject.startsWith('weather of '),
    );
    expect(wrong).toEqual([]);
  });

  test('the worker may only select at the hosts, the analysts at the warehouse', async () => {
    const read = ['tidehouse_reader', 'project_a/reader'] as const;
    const analyse = ['analyst', 'warehouse/analyst'] as const;
    const count = 'select count(*) > 0 from events';
    expect((await system.psqlAs('project_a', ...read, count)).trim()).toBe('t');
    expect((await system.psqlAs('warehouse', ...analyse, count)).trim()).toBe('t');
    expect(
      (await system.psqlAs('warehouse', ...analyse, 'select count(*) > 0 from ops.freshness')).trim(),
    ).toBe('t');
    await expect(system.psqlAs('project_a', ...read, 'delete from events')).rejects.toThrow(
      /permission denied/,
    );
    const writing = 'set transaction read write; delete from clean.events';
    await expect(system.psqlAs('warehouse', ...analyse, writing)).rejects.toThrow(/permission denied/);
  });

  test('nothing listens to other machines', async () => {
    for (const name of running)
      for (const container of await system.containers(name)) {
        const bound = await system.inspect(
          container,
          '{{range $port, $at := .HostConfig.PortBindings}}{{range $at}}{{.HostIp}} {{end}}{{end}}',
        );
        expect([name, bound.replaceAll('127.0.0.1', '').trim()]).toEqual([name, '']);
      }
  });

  test.each(running)('%s comes back when it is killed, and no row is lost', async (name) => {
    const [container] = await system.containers(name);
    const before = await system.inspect(container!, '{{.RestartCount}}');
    for (const host of hosts) if (host !== name) await visit(host);
    await system.kill(container!);
    await eventually(
      `${name} is started again`,
      async () => (await system.inspect(container!, '{{.RestartCount}}')) > before,
      60_000,
    );
    await healthy(name);
    await healthy('worker');
    await sync();
    await expectEqualData();
  });

  test('"down" and "up" keep what has landed, and go on from there', async () => {
    const batches = () => system.psql('warehouse', 'select count(*), min(landed_at) from ops.batch');
    const landed = await batches();
    const runs = await runsKnown();
    const [worker] = await system.containers('worker');
    await system.compose(['stop', 'worker']);
    expect(await system.inspect(worker!, '{{.State.ExitCode}}')).toBe('0');
    await system.compose(['down']);
    await system.compose(['up', '-d']);
    for (const name of running) await healthy(name);
    expect(await batches()).toBe(landed);
    // A stand-in for the server may keep its runs in memory.
    const isServer = (await system.exec('temporal', 'sh', '-c', 'command -v temporal-server || true')) !== '';
    if (isServer) expect(await runsKnown()).toEqual(expect.arrayContaining(runs));
    await visit('project_b');
    await sync();
    await expectEqualData();
  });

  test('a worker is replaced by the next version while a host is read: the open run ends with that version', async () => {
    const [before] = await system.containers('worker');
    const letGo = await system.lock('project_a', 'events');
    for (const host of ['project_b', 'project_c']) await visit(host);
    const started = await system.exec('worker', 'tidehouse', '--json', 'sync', '--no-wait');
    const { workflowId, runId } = JSON.parse(started) as Run<SyncResult>;
    const read = await eventually('project_a is being read', () => runAtWork('project_a'));

    await system.putVersion('99.0.0');
    await system.compose(['up', '-d']);
    await healthy('worker');
    const [after] = await system.containers('worker');
    expect(after).not.toBe(before);
    expect((await system.exec('worker', 'tidehouse', '--version')).trim()).toBe('99.0.0');

    await letGo();
    const whoReadIt = `
      const handle = workflow.getHandle('sync-source/project_a', '${read}');
      await handle.result();
      const { events } = await handle.fetchHistory();
      for (const { activityTaskStartedEventAttributes: started } of events) if (started) found.add(started.identity);`;
    const readers = await askTemporal(whoReadIt);
    expect(readers.map((identity) => identity.split('@')[1])).toEqual([after!.slice(0, 12)]);
    const howItEnded = `
      const { sources } = await workflow.getHandle('${workflowId}', '${runId}').result();
      for (const [source, { status }] of Object.entries(sources)) found.add(source + ' ' + status);`;
    expect((await askTemporal(howItEnded)).sort()).toEqual(hosts.map((host) => `${host} landed`));
    await expectEqualData();
    const { incidents } = (await tell('alerts', 'list')) as { incidents: OpenIncident[] };
    expect(incidents.filter(({ id }) => !id.startsWith('place/'))).toEqual([]);
  });

  test('three workers share the work and the folders', async () => {
    await system.compose(['up', '-d', '--scale', 'worker=3']);
    await eventually(
      'there are three workers',
      async () => (await system.containers('worker')).length === 3,
      60_000,
    );
    for (const container of await system.containers('worker'))
      await eventually('a worker is healthy', () => isHealthy(container), 120_000);
    for (let round = 0; round < 4; round++) {
      for (const host of hosts) await visit(host);
      await sync();
    }
    await expectEqualData();
    expect((await askTemporal(whoWorked)).length).toBeGreaterThan(1);
  });
}

/** What a command answers with --json; the doctor's exit code is that of its worst finding. */
async function tell(...command: readonly string[]): Promise<unknown> {
  const whatever = '"$@" || [ $? = 1 ]';
  return JSON.parse(
    await system.exec('worker', 'sh', '-c', whatever, 'sh', 'tidehouse', '--json', ...command),
  );
}

/** The run of a source, once a worker is at one of its steps. */
async function runAtWork(source: string): Promise<string | undefined> {
  const [run] = await askTemporal(`
    const { runId, raw } = await workflow.getHandle('sync-source/${source}').describe();
    const isStarted = ({ state }) => state === 2;
    if (raw.pendingActivities.some(isStarted)) found.add(runId);`);
  return run;
}

/** Adds to `found` the names of those who took a step of the last twelve children. */
const whoWorked = `
  let left = 12;
  for await (const { workflowId, runId } of workflow.list({ query: 'WorkflowType = "syncSource"' })) {
    if (left-- === 0) break;
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
    for (const { activityTaskStartedEventAttributes: started } of events) if (started) found.add(started.identity);
  }`;

/** What a script finds out from Temporal, which only containers are sure to reach. */
async function askTemporal(script: string): Promise<string[]> {
  const program = `
    const { Client, Connection } = require('/app/node_modules/@temporalio/client');
    (async () => {
      const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS });
      const { workflow } = new Client({ connection, namespace: process.env.TEMPORAL_NAMESPACE });
      const found = new Set();
      ${script}
      console.log(JSON.stringify([...found]));
      await connection.close();
    })();`;
  return JSON.parse(await system.exec('worker', 'node', '-e', program)) as string[];
}

function runsKnown(): Promise<string[]> {
  return askTemporal('for await (const { runId } of workflow.list()) found.add(runId);');
}

async function healthy(name: string): Promise<void> {
  await eventually(
    `${name} is healthy`,
    async () => {
      const containers = await system.containers(name);
      return containers.length > 0 && (await Promise.all(containers.map(isHealthy))).every(Boolean);
    },
    180_000,
  );
}

async function isHealthy(container: string): Promise<boolean> {
  return (await system.inspect(container, '{{.State.Health.Status}}')) === 'healthy';
}

async function sync(): Promise<void> {
  await system.exec('worker', 'tidehouse', 'sync');
}

/** A visit at a host, as its application writes it: a session with events, and a payment's answer that comes late. */
async function visit(host: string): Promise<void> {
  await system.psql(
    host,
    `with visited as (
       insert into user_sessions (user_id, page_name, last_activity_at, created_at, updated_at)
       select 7, 'Home', now(), now(), now() returning user_id)
     insert into events (user_id, event_name, created_at)
     select user_id, 'click', now() from visited, generate_series(1, 5);
     update transactions set success = not success where id in (select id from transactions limit 20);
     delete from events where (user_id, id) in (select user_id, id from events limit 3)`,
  );
}

async function expectEqualData(): Promise<void> {
  for (const host of hosts) {
    const tables = host === 'project_a' ? [...starTableNames, 'exchange_rates'] : starTableNames;
    const [there, here] = [{}, {}] as [Record<string, string>, Record<string, string>];
    for (const table of tables) {
      const columns = await system.psql(
        host,
        `select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
         where attrelid = 'public.${table}'::regclass and attnum > 0 and not attisdropped`,
      );
      const sum = (from: string) =>
        `select count(*) || ' rows ' || md5(string_agg(r, e'\\n' order by r collate "C"))
         from (select row(${columns.trim()})::text as r from ${from}) t`;
      there[table] = await system.psql(host, sum(`public.${table}`));
      here[table] = await system.psql('warehouse', sum(`clean.${table} where project = '${host}'`));
    }
    expect({ host, ...here }).toEqual({ host, ...there });
  }
}
