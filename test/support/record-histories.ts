/**
 * Records the histories that test/replay.test.ts replays, one of each way that a workflow can take, from a real Temporal
 * server, real Postgres servers and the real steps. To be run at a release, whose version names their folder:
 *
 *   npm run build && node dist/test/support/record-histories.js
 *
 * Recorded histories are never edited nor recorded anew: they stand for runs that were open when the next release came.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Observer } from '../../activities/extract.ts';
import { createActivities } from '../../activities/index.ts';
import { defaultLimits } from '../../activities/limits.ts';
import { sqlFile } from '../../activities/sql-file.ts';
import { applySchedules } from '../../client/apply-schedules.ts';
import { scrubbedHistory } from '../../client/scrubbed-history.ts';
import { packageRoot } from '../../local/package-root.ts';
import type { TableConfig } from '../../model/config-schema.ts';
import { incidentId, muteSignal, wellSignal } from '../../model/incident.ts';
import type { IncidentInput, IncidentState, Mute, Well } from '../../model/incident.ts';
import { syncSourceId, taskQueue, weatherPlaceId, workflowTypes } from '../../model/run.ts';
import type { SourceProgress, SyncInput, WeatherInput } from '../../model/run.ts';
import type { incident, sync, syncSource, weather } from '../../workflows/index.ts';
import { starTables, testConfig } from './config.ts';
import { refusal } from './chat-server.ts';
import { eventually } from './eventually.ts';
import setUp from './global-setup.ts';
import tearDown from './global-teardown.ts';
import { historyOf } from './history.ts';
import { ownPostgres } from './own-postgres.ts';
import { openStar, openText } from './star.ts';
import { openTemporal } from './temporal.ts';
import type { TestTemporal } from './temporal.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { visit } from './visit.ts';
import { openWatch } from './watch.ts';
import { minsk, weatherConfig } from './weather-config.ts';
import { startWeatherServer } from './weather-server.ts';

const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  version: string;
};
const folder = join(packageRoot, 'test', 'histories', version);

async function record(): Promise<void> {
  const star = await openStar({ hosts: ['project_b'] });
  // A server of its own: only where nobody takes transaction ids can a run find nothing to do.
  const own = await ownPostgres();
  let tables: Record<string, TableConfig> = starTables;
  let observe: Observer = () => Promise.resolve();
  let loseStaged = false;
  let failures = 0;
  const now = () =>
    testConfig({
      sources: { project_a: own.url, project_b: star.hosts['project_b']! },
      warehouse: star.warehouseUrl,
      staging: star.staging,
      tables,
    });
  const real = createActivities({
    config: { read: () => now().read(), reveal: (secret) => now().reveal(secret) },
    limits: defaultLimits,
    observe: (client, manifest) => observe(client, manifest),
  });
  const temporal = await openTemporal('recorder');
  const worker = await temporal.startWorker({
    ...real,
    async loadRaw(batch) {
      if (loseStaged) await rm(join(star.staging, batch.source, batch.batch), { recursive: true });
      loseStaged = false;
      if (failures-- > 0) throw new Error('Once, and not again.');
      return real.loadRaw(batch);
    },
  });

  const start = (workflowId: string, input: Partial<SyncInput>) =>
    temporal.client.workflow.start<typeof sync>(workflowTypes.sync, {
      taskQueue,
      workflowId,
      args: [{ patienceMs: 60_000, ...input }],
    });
  const end = async (workflowId: string, input: Partial<SyncInput> = {}) =>
    (await start(workflowId, input)).result().catch(() => undefined);
  const recorded = new Map<string, string>();
  const keep = async (name: string, workflowId: string) => {
    const history = await historyOf(temporal.client, workflowId);
    recorded.set(name, scrubbedHistory(history, { [star.staging]: 'staging' }));
  };
  const [a, b] = [syncSourceId('project_a'), syncSourceId('project_b')];

  const app = await openText(own.url);
  await app.query(sqlFile('demo/source.sql'));
  await visit(app, 1);
  await app.end();
  await visit(star.host, 1);
  await end('sync/completed');
  await keep('sync-completed', 'sync/completed');
  await keep('sync-source-landed', b);

  await end('sync/idle');
  await keep('sync-source-idle', a);

  await star.host.query('delete from events');
  await end('sync/unbalanced');
  await keep('sync-source-unbalanced', b);

  await visit(star.host, 2);
  loseStaged = true;
  await end('sync/staged-file-missing', { sources: ['project_b'] });
  await keep('sync-source-staged-file-missing', b);

  tables = { ...starTables, nowhere: { from: 'project_b' } };
  await end('sync/failed');
  await keep('sync-failed', 'sync/failed');
  await keep('sync-source-failed', b);
  tables = starTables;

  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  observe = (_, manifest) => (manifest.source === 'project_b' ? released : Promise.resolve());
  await end('sync/first-running', { patienceMs: 1_000 });
  await keep('sync-patience-over', 'sync/first-running');
  await end('sync/found-running');
  await keep('sync-found-running', 'sync/found-running');
  const after = await start('sync/after-running', { sources: ['project_b'], afterRunning: true });
  await eventually('it found the child at work', async () =>
    ((await after.fetchHistory()).events ?? []).some(
      (event) => event.startChildWorkflowExecutionFailedEventAttributes,
    ),
  );
  release();
  await after.result();
  await keep('sync-after-running', 'sync/after-running');

  failures = 1;
  await visit(star.host, 3);
  await end('sync/retried', { sources: ['project_b'] });
  await keep('sync-source-retried', b);

  const waiting: (() => void)[] = [];
  observe = () => new Promise<void>((resolve) => waiting.push(resolve));
  const letGo = () => waiting.splice(0).forEach((go) => go());
  const alone = (workflowExecutionTimeout: string) =>
    temporal.client.workflow.start<typeof syncSource>(workflowTypes.syncSource, {
      taskQueue,
      workflowId: b,
      args: [{ source: 'project_b' }],
      workflowExecutionTimeout,
    });
  const cancelled = await alone('1 hour');
  await eventually(
    'it extracts',
    async () => (await cancelled.query<SourceProgress>('progress')).step === 'extracting',
  );
  await keep('sync-source-running', b);
  await cancelled.cancel();
  await eventually('it has heard of it', async () =>
    ((await cancelled.fetchHistory()).events ?? []).some(
      (event) => event.activityTaskCancelRequestedEventAttributes,
    ),
  );
  letGo();
  await cancelled.result().catch(() => undefined);
  await keep('sync-source-cancelled', b);
  await (await alone('2 seconds')).result().catch(() => undefined);
  await keep('sync-source-timed-out', b);
  observe = () => Promise.resolve();
  letGo();

  await worker.stop();
  await recordWeather(temporal, recorded);
  await recordIncidents(recorded);
  await temporal.close();
  await star.close();
  await own.stop();
  await mkdir(folder, { recursive: true });
  for (const [name, json] of recorded) await writeFile(join(folder, `${name}.json`), json);
  process.stdout.write(`Recorded ${recorded.size} histories in test/histories/${version}.\n`);
}

/** The ways that the weather's workflows can take. */
async function recordWeather(temporal: TestTemporal, recorded: Map<string, string>): Promise<void> {
  const server = await startWeatherServer();
  const weatherFolder = await temporaryFolder('weather');
  const config = weatherConfig(server.url, weatherFolder, { places: [minsk] });
  const worker = await temporal.startWorker(createActivities({ config, limits: defaultLimits }));
  const end = (workflowId: string, input: Partial<WeatherInput> = {}) =>
    temporal.client.workflow
      .execute<typeof weather>(workflowTypes.weather, {
        taskQueue,
        workflowId,
        args: [{ patienceMs: 60_000, ...input }],
      })
      .catch(() => undefined);
  const keep = async (name: string, workflowId: string) => {
    const history = await historyOf(temporal.client, workflowId);
    recorded.set(
      name,
      scrubbedHistory(history, { [server.url]: 'http://station', [weatherFolder]: 'staging' }),
    );
  };
  const place = weatherPlaceId(minsk.name);

  await end('weather-run/completed');
  await keep('weather-completed', 'weather-run/completed');
  await keep('weather-place-written', place);

  await end('weather-run/filled', { hours: { from: '2026-11-01', to: '2026-11-02' } });
  await keep('weather-place-filled', place);

  server.answers = () => ({ status: 401, body: { message: 'Invalid API key.' } });
  await end('weather-run/failed');
  await keep('weather-failed', 'weather-run/failed');
  await keep('weather-place-failed', place);

  await worker.stop();
  await server.stop();
}

/** The ways that the alerts' workflows can take. */
async function recordIncidents(recorded: Map<string, string>): Promise<void> {
  const watch = await openWatch({ identity: 'recorder' });
  const { client } = watch.temporal;
  watch.steps = { listSources: () => Promise.resolve([]) };
  await applySchedules(client, watch.config);
  const keep = async (name: string, workflowId: string) => {
    const history = await historyOf(client, workflowId);
    recorded.set(name, scrubbedHistory(history, { [watch.config.staging]: 'staging' }));
  };
  const lateBy = (time: string) =>
    watch.warehouse.query(
      `insert into ops.source (source, complete_through) values ('project_a', now() - $1::interval)
       on conflict (source) do update set complete_through = excluded.complete_through`,
      [time],
    );
  const thing = 'source/project_a';
  const incidentOf = (of: string) => client.workflow.getHandle<typeof incident>(incidentId(of));

  await lateBy('1 day');
  await watch.look();
  await keep('alerts-opened', 'alerts/1');
  await watch.told(thing);
  await keep('incident-open', incidentId(thing));
  await lateBy('0 s');
  await watch.look();
  await keep('alerts-well', 'alerts/2');
  await incidentOf(thing).result();
  await keep('incident-told', incidentId(thing));

  const open = (name: string, changed: Partial<IncidentInput>) =>
    client.workflow.start<typeof incident>(workflowTypes.incident, {
      taskQueue,
      workflowId: incidentId(name),
      args: [
        {
          finding: { thing: name, what: { kind: 'failed' }, since: new Date().toISOString() },
          others: [],
          silent: false,
          holdMs: 0,
          remindAfterMs: 500,
          ...changed,
        },
      ],
    });
  const well: Well = { at: new Date().toISOString() };
  const reminded = await open('test/reminded', {});
  await eventually(
    'it was reminded of',
    async () => (await reminded.query<IncidentState>('state')).told.length > 1,
  );
  await reminded.signal<[Mute]>(muteSignal, { forMs: 60_000, until: well.at });
  await reminded.signal(wellSignal, well);
  await reminded.result();
  await keep('incident-reminded-and-muted', reminded.workflowId);

  const held = await open('test/held', { holdMs: 60_000 });
  await held.signal(wellSignal, well);
  await held.result();
  await keep('incident-held', held.workflowId);

  watch.chat.always(refusal(403, 'Forbidden: bot was kicked from the group chat'));
  const refused = await open('test/refused', {});
  await eventually(
    'it was refused',
    async () => (await refused.query<IncidentState>('state')).refused['-100'],
  );
  await refused.signal(wellSignal, well);
  await refused.result();
  await keep('incident-refused', refused.workflowId);
  await watch.close();
}

async function main(): Promise<void> {
  if (existsSync(folder))
    throw new Error(
      `test/histories/${version} is there already. Histories of a release stay as they are; remove the folder only when ${version} was never released.`,
    );
  await setUp();
  try {
    await record();
  } finally {
    tearDown();
  }
}

void main();
