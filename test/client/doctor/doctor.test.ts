import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../../../client/doctor/check.ts';
import { applySchedules } from '../../../client/schedules/apply.ts';
import { startDemoStation } from '../../../local/demo/station.ts';
import { schedulesOnly } from '../../support/config.ts';
import { eventually } from '../../support/eventually.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { syncOnce } from '../../support/sync-once.ts';
import { openStar } from '../../support/star.ts';
import type { Star } from '../../support/star.ts';
import { openTemporal } from '../../support/temporal.ts';
import type { TestTemporal } from '../../support/temporal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { nowhere, tidehouse } from '../../support/run-command.ts';

let star: Star;
let temporal: TestTemporal;
let folder: string;

beforeAll(async () => {
  star = await openStar({ tables: { pages: {}, events: {} } });
  temporal = await openTemporal();
  folder = await temporaryFolder('doctor');
}, 400_000);
afterAll(async () => {
  await temporal.close();
  await star.close();
});

const config = {
  sources: {} as Record<string, { url: string }>,
  warehouse: { url: '' },
  staging: './staging',
  tables: { pages: {}, events: {} } as Record<string, object>,
};

async function doctor(changed: object, address = temporal.address) {
  const text = JSON.stringify({
    ...config,
    sources: { project_a: { url: star.hosts['project_a'] } },
    warehouse: { url: star.warehouseUrl },
    ...changed,
  });
  await writeFile(join(folder, 'tidehouse.yaml'), text);
  const { code, stdout, stderr } = await tidehouse(['--config', 'tidehouse.yaml', 'doctor', '--json'], {
    folder,
    env: { TEMPORAL_ADDRESS: address },
  });
  const errors = stderr
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { message: string }).message);
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  const found = Object.fromEntries(
    checks.map(({ subject, outcome, detail, advice }) => [
      subject,
      `${outcome}: ${[detail, advice].filter(Boolean).join('. ')}`,
    ]),
  );
  return { code, stdout, errors, found };
}

test('with an error in the config doctor reports file, line and problem, checks Temporal, and exits with 2', async () => {
  const broken = { sources: { project_a: { url: star.hosts['project_a'], colour: 'red' } }, schedules: 7 };
  const { code, found, errors } = await doctor(broken);
  expect(Object.keys(found)).toEqual(['config', 'Temporal', 'Temporal, queue tidehouse']);
  expect(found).toMatchObject({
    config: expect.stringMatching(
      /^failed: .*tidehouse\.yaml:\d+: sources\.project_a\.colour: unknown key/,
    ) as string,
    Temporal: expect.stringMatching(/^ok: namespace "default"/) as string,
    'Temporal, queue tidehouse': expect.stringMatching(/^failed: no worker/) as string,
  });
  expect([code, errors]).toEqual([2, ['Failed: config; Temporal, queue tidehouse.']]);

  const asText = await tidehouse(['--config', 'tidehouse.yaml', 'doctor'], {
    folder,
    env: { TEMPORAL_ADDRESS: temporal.address },
  });
  const lines = asText.stdout.split('\n').filter((line) => line.includes('tidehouse.yaml:'));
  expect(lines).toHaveLength(2);
  expect(new Set(lines.map((line) => line.indexOf(folder)))).toHaveProperty('size', 1);
});

test('without problems all checks of each source and table are ok', async () => {
  await applySchedules(temporal.client, schedulesOnly);
  const worker = await temporal.startWorker(star.activities, ['tidehouse']);
  await syncOnce(star.activities, 'project_a');
  const station = await startDemoStation();
  const { code, found, errors } = await doctor({});
  await worker.stop();
  const places = [{ name: 'minsk', latitude: 53.9, longitude: 27.57, timezone: 'Europe/Minsk' }];
  const observed = await doctor({
    weather: { provider: 'open-meteo', url: station.url, places, folder: './weather' },
  });
  await station.stop();
  expect(observed.found['weather of minsk']).toMatch(
    /^ok: the service at 127\.0\.0\.1:\d+ has an observation from 2/,
  );
  expect(observed.found['Temporal, queue files']).toMatch(/^failed: no worker. .*--queue files$/);
  expect([code, errors]).toEqual([0, []]);
  expect(found).toMatchObject({
    Temporal: expect.stringMatching(/^ok: namespace "default"/) as string,
    'Temporal, queue tidehouse': expect.stringMatching(
      /^ok: 1 worker, last seen \d+ s ago; an idle worker is seen once a minute$/,
    ) as string,
    'Temporal, queue files': expect.stringMatching(/^ok: no worker; none is needed/) as string,
    'Temporal, schedule sync': 'ok: up to date',
    'source project_a': expect.stringMatching(/^ok: Postgres \d/) as string,
    'source project_a, identity': 'ok: the server read before',
    'source project_a, clock': 'ok: agrees with that of this machine',
    'source project_a, pages': expect.stringMatching(/^ok: SELECT granted; key \(id\)/) as string,
    warehouse: expect.stringMatching(/^ok: Postgres/) as string,
    'warehouse, rights': 'ok: the role owns the database',
    'warehouse, schema': 'ok: at this version',
    'warehouse, tables': 'ok: partitioned by source',
    'warehouse, lock table': expect.stringMatching(/^ok: [\d,]+ locks/) as string,
    'staging folder': expect.stringMatching(/^ok: [\d.]+ GiB free/) as string,
  });
});

test('a worker that was killed counts for a minute, and doctor says how long ago it was seen', async () => {
  const { connection, workflowService } = temporal.client;
  // Polls as a worker does, until the returned function kills it: nothing informs Temporal of its end.
  const startPolling = (identity: string) => {
    const process = new AbortController();
    const request = { namespace: 'default', taskQueue: { name: 'files' }, identity };
    void connection
      .withDeadline(Date.now() + 60_000, () =>
        connection.withAbortSignal(process.signal, () => workflowService.pollActivityTaskQueue(request)),
      )
      .catch(() => undefined);
    return () => {
      process.abort();
    };
  };
  const place = { name: 'minsk', latitude: 53.9, longitude: 27.57, timezone: 'Europe/Minsk' };
  const weather = { provider: 'open-meteo', url: `http://${nowhere}`, places: [place], folder: './weather' };
  const seen = async () => (await doctor({ weather })).found['Temporal, queue files']!;
  const kill = startPolling('1@host');
  await eventually('the worker is seen', async () => (await seen()).startsWith('ok: 1 worker, last seen '));
  kill();
  await eventually('the other is seen after it', async () => {
    const stop = startPolling('2@host');
    const text = await seen();
    stop();
    return /^ok: 2 workers, last seen between \d+ s and [1-9]\d* s ago; /.test(text);
  });
});

test('doctor reports each problem with advice, and no secrets', async () => {
  await star.host.query(
    'create table keyless (v text); create table read_by (id int primary key, v text); create view pages_seen as select * from pages',
  );
  await star.host.query('create role doctor_reader; grant usage on schema public to doctor_reader');
  await star.warehouse.query(
    `insert into ops.audit values ('project_a', 'pages', '2026-01-02 03:04+00', 0, 0, 0, 0);
     update ops.batch set complete_through = complete_through - interval '8 days';
     create table clean.read_by (project text, id bigint, v bigint, batch text, primary key (project, id));
     create table raw.read_by (like clean.read_by);
     create materialized view clean.kept as select v from clean.read_by;
     drop table part."clean.events@project_a"`,
  );
  await writeFile(join(folder, 'no-folder'), '');
  const { code, found, stdout, errors } = await doctor(
    {
      sources: {
        project_a: { url: `${star.hosts['project_a']!}?options=-c%20role%3Ddoctor_reader` },
        project_b: { url: `postgres://reader:hunter2@${nowhere}/shop` },
        project_c: { url: star.hosts['project_a'] },
      },
      tables: {
        pages: { deletes: 'keep' },
        keyless: { from: 'project_c' },
        read_by: { from: 'project_c' },
        pages_seen: { from: 'project_c' },
        events: { from: 'project_c', as: 'pages' },
      },
      staging: './no-folder/staging',
      weather: {
        provider: 'open-meteo',
        url: `http://${nowhere}`,
        places: [{ name: 'minsk', latitude: 53.9, longitude: 27.57, timezone: 'Europe/Minsk' }],
        folder: './weather',
      },
    },
    nowhere,
  );
  await star.host.query(
    'drop view pages_seen; drop table keyless, read_by; drop owned by doctor_reader; drop role doctor_reader',
  );
  await star.warehouse.query('drop table clean.read_by, raw.read_by cascade');
  expect(code).toBe(1);
  expect(found).toMatchObject({
    'source project_c, read_by': expect.stringMatching(
      /^failed: a column changed at the source, .*materialized view clean\.kept.*\ndrop materialized view clean\.kept;$/,
    ) as string,
    'config, sources.project_b.url': expect.stringMatching(
      /^warning: the URL is written .* with its password\. Write url: \$PROJECT_B_URL,.* \{ file: /,
    ) as string,
    Temporal: expect.stringMatching(/^failed: Temporal at .* cannot be reached/) as string,
    'source project_a, pages': expect.stringMatching(/^failed: .*grant select/s) as string,
    'source project_b': expect.stringMatching(/^failed: .*connection refused by /) as string,
    'source project_c, keyless': 'ok: SELECT granted; copied whole (no key) when it has changed',
    'source project_c, pages_seen': 'ok: SELECT granted; copied whole (view) at each run',
    'source project_c, pages':
      'ok: SELECT granted; key (id); swept by xmin: every insert, update and delete; deleted rows are kept',
    'warehouse, tables of project_a':
      'warning: dropped in the warehouse: events. The next run creates what is missing and fills it from the source. To run it now: tidehouse sync --source project_a',
    'warehouse, audit of project_a': expect.stringMatching(
      /^warning: .* for a week, .*: events \(never\), pages \(2026-01-02\)\. .*run: tidehouse audit --source project_a$/,
    ) as string,
    'source project_c, events':
      'failed: it would land in clean.pages, as pages does. Give it another name in the config: events: { as: another_name }.',
    'staging folder': expect.stringMatching(/^failed: .*cannot be written/) as string,
    'weather of minsk': expect.stringMatching(/^failed: .*Open-Meteo/) as string,
  });
  expect(errors).toEqual([
    expect.stringMatching(/^Failed: source project_a, pages; source project_b; .*Temporal/),
  ]);
  expect(stdout + errors.join('')).not.toContain('hunter2');
});

test('before the first run doctor distinguishes what is next from what has failed, and each statement works as printed', async () => {
  const empty = await freshDatabase('analytics');
  await star.host.query(`create role doctor_writer login password 'w'`);
  const url = new URL(empty.url);
  [url.username, url.password] = ['doctor_writer', 'w'];
  await applySchedules(temporal.client, schedulesOnly);
  for (const id of ['sync', 'audit', 'alerts']) await temporal.client.schedule.getHandle(id).delete();

  const first = await doctor({ warehouse: { url: url.href } });
  const source = star.hosts['project_a']!;
  const same = await doctor({ warehouse: { url: source } });
  expect(Object.entries(same.found).filter(([subject]) => subject.startsWith('warehouse'))).toEqual([
    [
      'warehouse',
      expect.stringMatching(
        /^failed: it is the database of source project_a, .* Create a database of its own/,
      ),
    ],
  ]);
  const migrated = await tidehouse(['--config', 'tidehouse.yaml', 'migrate'], { folder });
  expect([migrated.code, migrated.stderr]).toEqual([
    1,
    expect.stringContaining('The warehouse is not migrated: it is the database of source project_a, '),
  ]);
  expect(await query(source, `select 1 from pg_namespace where nspname in ('ops', 'raw', 'clean')`)).toEqual(
    [],
  );

  const rights = first.found['warehouse, rights']!;
  const [said, statement] = rights.split('\n');
  expect(said).toMatch(/^failed: the database belongs to .*\. Make "doctor_writer" its owner:$/);
  await query(empty.url, statement!);

  const second = await doctor({ warehouse: { url: url.href } });
  expect(second.found).toMatchObject({
    'warehouse, rights': 'ok: the role owns the database',
    'warehouse, schema': 'next: it is empty. Run: tidehouse migrate',
    'Temporal, schedule sync': 'next: missing. To create it: tidehouse schedules apply',
  });
  // For a minute, Temporal still lists the worker of an earlier test.
  expect([second.code, second.errors]).toEqual([
    1,
    [
      expect.stringMatching(
        /^Next: warehouse, schema; Temporal, schedule sync; Temporal, schedule audit; Temporal, schedule alerts/,
      ),
    ],
  ]);
  await empty.drop();
  await star.host.query('drop role doctor_writer');
});

test('a database that does not exist is reported in one sentence, with advice', async () => {
  const url = new URL(star.warehouseUrl);
  url.pathname = '/nothing';
  const { found } = await doctor({ warehouse: { url: url.href } });
  expect(found['warehouse']).toBe(
    'failed: database "nothing" does not exist. Correct its URL, or create the database.',
  );
});

test('without a config doctor reports that, and still checks Temporal', async () => {
  const { code, stdout } = await tidehouse(['doctor'], {
    folder: await temporaryFolder('no-config'),
    env: { TEMPORAL_ADDRESS: temporal.address },
  });
  expect(code).toBe(2);
  expect(stdout).toMatch(/^failed +config +There is no config: .*tidehouse\.yaml does not exist/);
  expect(stdout).toMatch(/^ok +Temporal +namespace "default"/m);
});

test('doctor reports a paused schedule, a changed server, misspelt names and a warehouse with pending migrations', async () => {
  await applySchedules(temporal.client, schedulesOnly);
  await temporal.client.schedule.getHandle('sync').pause('for now');
  await star.warehouse.query(
    `insert into ops.held_back (source, table_name, problem, elsewhere) values ('project_a', 'pages', 'it was in use', false);
     update ops.source set system_identifier = '1'; delete from ops.migration where name like 'analytics/1%'`,
  );
  const { code, found } = await doctor({
    tables: {
      pages: {},
      user_sessions: { mask: { pagename: null } },
      all: { except: ['exchange_rate', 'tmp_*'] },
      'eve*': { columns: { except: ['event_nam'] } },
      'pag*': { except: ['pags', 'tmp_*'] },
      'transaction*': { except: ['amount'] },
      'sale.*': {},
    },
    alerts: { late_after: '2m' },
  });
  expect(code).toBe(1);
  expect(found).toMatchObject({
    'source project_a, user_sessions': expect.stringMatching(
      /^failed: it has no column pagename, which the config masks \(did you mean page_name\?\)\. Correct the name/,
    ) as string,
    'config, late_after': expect.stringMatching(/^warning: with 2 min, and 10 min between syncs, /) as string,
    'source project_a, events': expect.stringMatching(
      /^failed: no table of its pattern has a column event_nam, which the config leaves out \(did you mean event_name\?\)\. Correct /,
    ) as string,
    'tables, all': expect.stringMatching(
      /^failed: its except names exchange_rate, .* \(did you mean exchange_rates\?\)\. Correct /,
    ) as string,
    'tables, pag*':
      'warning: its except names pags, and no source has such a table among those of the pattern. Correct the name in the config, or remove it.',
    'tables, transaction*':
      'failed: its except names amount, and no source has such a table among those of the pattern; transactions has a column of this name, which only columns: { except: […] } leaves out. Correct the name in the config, or remove it.',
    'tables, sale.*': expect.stringMatching(
      /^warning: no source has a table that it stands for\. /,
    ) as string,
    'Temporal, schedule sync': expect.stringMatching(
      /^warning: paused; note: for now\. To resume it/,
    ) as string,
    'source project_a, identity': expect.stringMatching(
      /^failed: it is not the server read before .* tidehouse accept project_a$/,
    ) as string,
    'source project_a, pages': expect.stringMatching(
      /^warning: the last run held it back: it was in use/,
    ) as string,
    'warehouse, schema': expect.stringMatching(/^failed: .*analytics\/1.* tidehouse migrate/) as string,
  });
});
