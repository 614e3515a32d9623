import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../../client/doctor/check.ts';
import type { OpenIncident } from '../../client/status/incidents.ts';
import type { Run } from '../../client/run/start.ts';
import type { StatusReport } from '../../client/status/report.ts';
import type { SyncResult } from '../../model/runs.ts';
import { eventually } from '../support/eventually.ts';
import { starTableNames } from '../support/equal-data.ts';
import { readComposeFile, textOf } from './composed.ts';
import { ComposedSystem, hasImage, unavailable } from './engine.ts';

// Run by `npm run test:compose`: the unchanged file, on the engine of DOCKER_HOST, with the engine's images; our own image
// is built if it is missing. The ports in the file must be free.

jest.setTimeout(15 * 60_000);

const { services } = readComposeFile();
const sources = ['project_a', 'project_b', 'project_c'] as const;
const started = Object.entries(services).filter(([, { profiles }]) => !profiles);
const running = started.filter(([, { restart }]) => restart !== 'no').map(([name]) => name);
/** What is given in `.env`, and must be visible nowhere else. */
const given = { PGADMIN_PASSWORD: 'given-4fb1c9', OPENWEATHER_API_KEY: 'given-77e2d0' };
const system = new ComposedSystem(`tidehouse-test-${process.pid}`, given);

if (unavailable !== undefined) {
  test.skip(`the composed system cannot be started: ${unavailable}`, () => undefined);
} else {
  let volumesBefore: string[];
  beforeAll(async () => {
    volumesBefore = await system.volumes();
    if (!hasImage(services['worker']!.image)) await system.compose(['build', 'worker'], 14);
    await system.compose(['up', '-d']);
  });

  afterAll(async () => {
    await system.remove();
    expect(await system.volumes()).toEqual(volumesBefore);
  });

  test('after "up" all services are healthy, and all jobs have completed', async () => {
    for (const name of running) await healthy(name);
    const ended = await system.compose(['ps', '-a']);
    expect(ended).not.toMatch(/Exit(ed)? \(?[1-9]/);
  });

  test('the first sync begins by itself and lands all three sources', async () => {
    await eventually(
      'the first sync has landed',
      async () =>
        (await system.psql(
          'warehouse',
          'select count(*) from ops.source where complete_through is not null',
        )) === '3\n',
      120_000,
    );
    await expectEqualData();
    const counted = await system.psql('warehouse', 'select count(*) > 0 from session_analytics');
    expect(counted.trim()).toBe('t');
  });

  test('commands in the worker report the status, and find no problem except unreachable weather services', async () => {
    expect(Object.keys(((await tidehouseJson('status')) as StatusReport).sources)).toEqual(sources);
    expect(await tidehouseJson('alerts', 'list')).toEqual({
      incidents: expect.any(Array) as unknown,
      mutes: {},
    });
    const { checks } = (await tidehouseJson('doctor')) as { checks: Check[] };
    expect(checks.length).toBeGreaterThan(20);
    const failed = checks.filter(
      ({ outcome, subject }) => outcome === 'failed' && !subject.startsWith('weather of '),
    );
    expect(failed).toEqual([]);
  });

  test('the worker can only select from the sources, and analysts only from the warehouse', async () => {
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

  test.each(running)(
    'inside %s, even root sees only its own secrets, and can gain no capability',
    async (name) => {
      const [container] = await system.containers(name);
      const folder: Readonly<Record<string, string>> = { worker: 'tidehouse' };
      const seen = await system.execAsRoot(name, 'sh', '-c', 'ls -d /run/secrets/* 2>/dev/null || true');
      const own = name === 'temporal-ui' ? [] : [`/run/secrets/${folder[name] ?? name}`];
      expect(seen.split('\n').filter(Boolean)).toEqual(own);
      const bounding = await system.exec(name, 'sh', '-c', 'grep CapBnd /proc/1/status');
      expect(bounding.trim()).toMatch(name === 'pgadmin' ? /\t0+400$/ : /\t0+$/);
      expect(await system.inspect(container!, '{{.HostConfig.SecurityOpt}} {{.HostConfig.PidsLimit}}')).toBe(
        '[no-new-privileges:true] 512',
      );
    },
  );

  test('a superuser of a source reads no other secret through its server', async () => {
    expect(await system.psql('project_a', `select pg_ls_dir('/run/secrets')`)).toBe('project_a\n');
    const other = `select pg_read_file('/run/secrets/warehouse/owner')`;
    await expect(system.psql('project_a', other)).rejects.toThrow(/could not open file/);
  });

  test('what is given in .env is visible neither in the containers’ descriptions nor in the config nor in a log', async () => {
    expect(await system.compose(['run', '--rm', '-T', 'secrets', 'show', 'pgadmin/password'])).toContain(
      given.PGADMIN_PASSWORD,
    );
    const ids = (await system.compose(['ps', '--all', '--quiet'])).split('\n').filter(Boolean);
    const described = await Promise.all(ids.map((id) => system.inspect(id, '{{json .}}')));
    expect(described.length).toBeGreaterThan(running.length);
    const texts = [...described, await system.compose(['config']), await system.compose(['logs'])].join('\n');
    for (const value of Object.values(given)) expect(texts).not.toContain(value);
  });

  test('a source reaches neither another source nor the worker, and only clients reach Temporal', async () => {
    const others = [...(await endpoints('project_b', 5432)), ...(await endpoints('warehouse', 5432))];
    const workers = await endpoints('worker', 9464, 9465);
    const temporal = await endpoints('temporal', 7233, 7243, 9090);
    expect(await system.reached('project_a', [...others, ...workers, ...temporal])).toEqual([]);
    expect(await system.reached('warehouse', [...others.slice(0, 1), ...workers, ...temporal])).toEqual([]);
    const metrics = ['worker:9465', 'temporal:9090'];
    // The dev server, where it stands in for the server, listens in all its networks.
    if (await isServer()) {
      expect(await system.reached('temporal-db', temporal)).toEqual([]);
      const all = [...metrics, 'worker:9464', 'temporal:7233', 'temporal:7243'];
      expect(await system.reachedInNetwork('metrics', all)).toEqual(metrics);
    }
    const needed = ['project_a:5432', 'warehouse:5432', 'temporal:7233'];
    expect(await system.reached('worker', needed)).toEqual(needed);
    expect(await system.exec('worker', 'getent', 'hosts', 'host.docker.internal')).toMatch(/^\d+(\.\d+){3} /);
  });

  test('the profiles: Prometheus reaches only metrics, and Grafana only Prometheus and the warehouse', async () => {
    await system.compose(['--profile', '*', 'up', '-d']);
    for (const name of ['prometheus', 'grafana']) await healthy(name);
    const server = await isServer();
    const scraped = server ? 'temporal, tidehouse' : 'tidehouse';
    await eventually(
      `Prometheus has scraped ${scraped}`,
      async () => (await scrapedJobs()) === scraped,
      90_000,
    );

    const known = new Map<string, string>();
    const ports = { prometheus: [9090], worker: [9464, 9465], warehouse: [5432], project_a: [5432] };
    const temporals = { temporal: [7233, 7243, 9090], 'temporal-db': [5432] };
    for (const [name, open] of Object.entries({ ...ports, ...(server && temporals) }))
      for (const port of open)
        for (const address of await endpoints(name, port)) known.set(address, `${name}:${port}`);
    const reached = async (name: string) => {
      const addresses = await system.reached(name, [...known.keys()]);
      return [...new Set(addresses.map((address) => known.get(address)))].sort();
    };
    const metrics = ['prometheus:9090', ...(server ? ['temporal:9090'] : []), 'worker:9465'];
    expect(await reached('prometheus')).toEqual(metrics);
    expect(await reached('grafana')).toEqual(['prometheus:9090', 'warehouse:5432']);
    for (const name of ['demo', 'grafana'])
      expect((await system.execAsRoot(name, 'ls', '/run/secrets')).trim()).toBe(name);
    await system.compose(['--profile', '*', 'rm', '--stop', '--force', 'demo', 'grafana', 'prometheus']);
  });

  test('no port is open to other machines', async () => {
    for (const name of running)
      for (const container of await system.containers(name)) {
        const bound = await system.inspect(
          container,
          '{{range $port, $at := .HostConfig.PortBindings}}{{range $at}}{{.HostIp}} {{end}}{{end}}',
        );
        expect([name, bound.replaceAll('127.0.0.1', '').trim()]).toEqual([name, '']);
      }
  });

  test.each(running)('%s is restarted when it is killed, and no row is lost', async (name) => {
    const [container] = await system.containers(name);
    const before = await system.inspect(container!, '{{.RestartCount}}');
    for (const source of sources) if (source !== name) await visit(source);
    await system.kill(container!);
    await eventually(
      `${name} is restarted`,
      async () => (await system.inspect(container!, '{{.RestartCount}}')) > before,
      60_000,
    );
    await healthy(name);
    await healthy('worker');
    await sync();
    await expectEqualData();
  });

  test('sync while the warehouse is stopped says what it waits for, and completes once it is back', async () => {
    await visit('project_a');
    await system.compose(['stop', 'warehouse']);
    const synced = system.exec('worker', 'sh', '-c', 'exec tidehouse sync >/tmp/said 2>&1');
    const said = () => system.exec('worker', 'sh', '-c', 'cat /tmp/said 2>&1 || true');
    const reported = eventually(
      'sync names the warehouse',
      async () => /the warehouse: .+ Trying again\.$/m.test(await said()),
      60_000,
    );
    // It may also end before it has said so.
    await Promise.race([reported, synced]).finally(() => system.compose(['start', 'warehouse']));
    await Promise.all([reported, synced]);
    await expectEqualData();
  });

  test('"down" and "up" keep the landed data, and sync continues from there', async () => {
    const batches = () => system.psql('warehouse', 'select count(*), min(landed_at) from ops.batch');
    const landed = await batches();
    const runs = await knownRuns();
    const [worker] = await system.containers('worker');
    await system.compose(['stop', 'worker']);
    expect(await system.inspect(worker!, '{{.State.ExitCode}}')).toBe('0');
    await system.compose(['down']);
    await system.compose(['up', '-d']);
    for (const name of running) await healthy(name);
    expect(await batches()).toBe(landed);
    // A substitute for the server may keep its runs only in memory.
    if (await isServer()) expect(await knownRuns()).toEqual(expect.arrayContaining(runs));
    await visit('project_b');
    await sync();
    await expectEqualData();
  });

  test('a changed password holds for the server and its clients', async () => {
    const show = () => system.compose(['run', '--rm', '-T', 'secrets', 'show', 'project_a/reader']);
    const before = await show();
    await system.command(['deploy/change-password', 'project_a/reader']);
    expect(await show()).not.toBe(before);
    await visit('project_a');
    await sync();
    await expectEqualData();
  });

  test('a backup of the running system restores it as a second system, which goes on by itself', async () => {
    const made = await system.command(['deploy/backup']);
    const folder = / is backed up in (\S+), /.exec(made)![1]!;
    const noSystem = new ComposedSystem(`tidehouse-none-${process.pid}`);
    await expect(noSystem.command(['deploy/backup', folder])).rejects.toThrow(/is not running.*No backup/s);

    const ports = Object.fromEntries(
      [...textOf('.env.example').matchAll(/^# ([A-Z_]+_PORT)=(\d+)$/gm)].map(([, name, port]) => [
        name!,
        String(Number(port) + 10_000),
      ]),
    );
    const other = new ComposedSystem(`tidehouse-other-${process.pid}`, ports);
    const rows = (one: ComposedSystem) =>
      one.psql('warehouse', 'select md5(string_agg(e::text, e::text)) from clean.events e');
    try {
      const truncated = join(folder, 'warehouse.dump');
      const whole = await readFile(truncated);
      await writeFile(truncated, whole.subarray(0, whole.length / 2));
      await expect(other.command(['deploy/restore', folder])).rejects.toThrow(/was altered\. Nothing/);
      await writeFile(truncated, whole);

      const before = await rows(system);
      const said = await other.command(['deploy/restore', folder]);
      expect(said).toContain('is restored from');
      expect(await rows(other)).toBe(before);
      expect(await other.compose(['run', '--rm', '-T', 'secrets', 'show', 'warehouse/owner'])).toBe(
        await system.compose(['run', '--rm', '-T', 'secrets', 'show', 'warehouse/owner']),
      );
      // Its sources are new servers: each is named, with the command that accepts it.
      for (const source of sources) await other.exec('worker', 'tidehouse', 'accept', source, '--yes');
      await other.exec('worker', 'tidehouse', 'sync');
      await expect(other.command(['deploy/restore', folder])).rejects.toThrow(/has data already/);
    } finally {
      await other.remove();
    }
  });

  test('a worker is replaced by the next version while a source is read: the open run completes with that version', async () => {
    const [before] = await system.containers('worker');
    const release = await system.lock('project_a', 'events');
    for (const source of ['project_b', 'project_c']) await visit(source);
    const started = await system.exec('worker', 'tidehouse', '--json', 'sync', '--no-wait');
    const { workflowId, runId } = JSON.parse(started) as Run<SyncResult>;
    const readingRun = await eventually('project_a is being read', () => startedRun('project_a'));

    await system.useVersion('99.0.0');
    await system.compose(['up', '-d']);
    await healthy('worker');
    const [after] = await system.containers('worker');
    expect(after).not.toBe(before);
    expect((await system.exec('worker', 'tidehouse', '--version')).trim()).toBe('99.0.0');

    await release();
    const activityWorkers = `
      const handle = workflow.getHandle('sync-source/project_a', '${readingRun}');
      await handle.result();
      const { events } = await handle.fetchHistory();
      for (const { activityTaskStartedEventAttributes: started } of events) if (started) found.add(started.identity);`;
    const workers = await askTemporal(activityWorkers);
    expect(workers.map((identity) => identity.split('@')[1])).toEqual([after!.slice(0, 12)]);
    const outcomes = `
      const { sources } = await workflow.getHandle('${workflowId}', '${runId}').result();
      for (const [source, { status }] of Object.entries(sources)) found.add(source + ' ' + status);`;
    expect((await askTemporal(outcomes)).sort()).toEqual(sources.map((source) => `${source} landed`));
    await expectEqualData();
    const { incidents } = (await tidehouseJson('alerts', 'list')) as { incidents: OpenIncident[] };
    expect(incidents.filter(({ id }) => !id.startsWith('place/'))).toEqual([]);
  });

  test('three workers share the work and the folders', async () => {
    await system.compose(['up', '-d', '--scale', 'worker=3']);
    await eventually(
      'three workers are running',
      async () => (await system.containers('worker')).length === 3,
      60_000,
    );
    for (const container of await system.containers('worker'))
      await eventually('a worker is healthy', () => isHealthy(container), 120_000);
    for (let round = 0; round < 4; round++) {
      for (const source of sources) await visit(source);
      await sync();
    }
    await expectEqualData();
    expect((await askTemporal(recentWorkers)).length).toBeGreaterThan(1);
  });

  test('a source of one’s own, with the statements and the URL of docs/compose.md', async () => {
    const page = textOf('docs/compose.md');
    const statements = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql!).join('');
    const url = /# (postgres:\S+)@\S+/.exec(page)![1]!;
    // A database next to the warehouse: in the worker's networks, and without the roles of a source.
    const shop = (sql: string) =>
      system.exec('warehouse', 'psql', '-XAtq', '-U', 'postgres', '-d', 'shop', '-c', sql);
    await system.psql('warehouse', 'create database shop');
    await shop('create table pages (id int primary key, name text); insert into pages values (1, $$a$$)');
    await shop(statements);
    await shop('create table later (id int primary key); insert into later values (7)');
    await system.command(
      ['docker', 'compose', 'run', '--rm', '-T', 'secrets', 'put', 'tidehouse/project_d'],
      {
        input: `${url}@warehouse:5432/shop\n`,
      },
    );
    const config = join(await system.folder(), 'config', 'tidehouse.yaml');
    const text = (await readFile(config, 'utf8')).replace('  # project_d: ', '  project_d: ');
    await writeFile(config, text.replace('  pages: {}\n', '  pages: {}\n  later: {}\n'));
    await sync();
    const landed = `select (select name from clean.pages where project = 'project_d'), (select id from clean.later)`;
    expect(await system.psql('warehouse', landed)).toBe('a|7\n');
  });
}

/** Where a service listens in each of its networks. */
async function endpoints(name: string, ...ports: readonly number[]): Promise<string[]> {
  const addresses = await system.addresses(name);
  return addresses.flatMap((address) => ports.map((port) => `${address}:${port}`));
}

/** The jobs of which Prometheus has scraped a target, in order. */
async function scrapedJobs(): Promise<string> {
  const url = 'http://127.0.0.1:9090/api/v1/query?query=up';
  const { data } = JSON.parse(await system.exec('prometheus', 'wget', '-q', '-O', '-', url)) as {
    data: { result: { metric: { job: string }; value: [number, string] }[] };
  };
  const up = data.result.filter(({ value }) => value[1] === '1').map(({ metric }) => metric.job);
  return [...new Set(up)].sort().join(', ');
}

async function isServer(): Promise<boolean> {
  return (await system.exec('temporal', 'sh', '-c', 'command -v temporal-server || true')) !== '';
}

/** The JSON output of a command. Exit code 1 is accepted: the doctor returns it when a check fails. */
async function tidehouseJson(...command: readonly string[]): Promise<unknown> {
  const allowingExitCode1 = '"$@" || [ $? = 1 ]';
  return JSON.parse(
    await system.exec('worker', 'sh', '-c', allowingExitCode1, 'sh', 'tidehouse', '--json', ...command),
  );
}

/** The run of a source, once a worker has started one of its activities. */
async function startedRun(source: string): Promise<string | undefined> {
  const [run] = await askTemporal(`
    const { runId, raw } = await workflow.getHandle('sync-source/${source}').describe();
    const isStarted = ({ state }) => state === 2;
    if (raw.pendingActivities.some(isStarted)) found.add(runId);`);
  return run;
}

/** Adds to `found` the workers that started an activity of the last twelve children. */
const recentWorkers = `
  let left = 12;
  for await (const { workflowId, runId } of workflow.list({ query: 'WorkflowType = "syncSource"' })) {
    if (left-- === 0) break;
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
    for (const { activityTaskStartedEventAttributes: started } of events) if (started) found.add(started.identity);
  }`;

/** The values that a script adds to `found`. It runs in a container, because this machine may be unable to reach Temporal. */
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

function knownRuns(): Promise<string[]> {
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

/** Writes a visit to a source like its application: a session with events, late payments, and deletes. */
async function visit(source: string): Promise<void> {
  await system.psql(
    source,
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
  for (const source of sources) {
    const tables = source === 'project_a' ? [...starTableNames, 'exchange_rates'] : starTableNames;
    const [inSource, inClean] = [{}, {}] as [Record<string, string>, Record<string, string>];
    for (const table of tables) {
      const columns = await system.psql(
        source,
        `select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
         where attrelid = 'public.${table}'::regclass and attnum > 0 and not attisdropped`,
      );
      const sum = (from: string) =>
        `select count(*) || ' rows ' || md5(string_agg(r, e'\\n' order by r collate "C"))
         from (select row(${columns.trim()})::text as r from ${from}) t`;
      inSource[table] = await system.psql(source, sum(`public.${table}`));
      inClean[table] = await system.psql('warehouse', sum(`clean.${table} where project = '${source}'`));
    }
    expect({ source, ...inClean }).toEqual({ source, ...inSource });
  }
}
