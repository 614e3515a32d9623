/**
 * Records the histories that test/workflows/replay.test.ts replays, one of each path through each workflow, from a real Temporal
 * server, real Postgres servers and the real activities. To be run at a release, whose version names their folder:
 *
 *   npm run build && node dist/test/histories/record.js
 *
 * Recorded histories are never edited nor recorded again: they stand for runs that were open when the next release came.
 * Those that the folder has stay as they are; only missing ones are added.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import type { OnStaged } from '../../activities/sync/extract.ts';
import { createActivities } from '../../activities/index.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { sqlFile } from '../../activities/postgres/sql-file.ts';
import { applySchedules } from '../../client/schedules/apply.ts';
import { anonymousHistory } from '../../client/replay/anonymous-history.ts';
import { packageRoot } from '../../activities/package-root.ts';
import type { TableConfig } from '../../model/config-schema.ts';
import { incidentId, muteSignal, resolvedSignal } from '../../model/incident.ts';
import type { IncidentInput, IncidentState, Mute, Resolution } from '../../model/incident.ts';
import { syncSourceId, taskQueue, weatherPlaceId, workflowTypes } from '../../model/names.ts';
import type { SyncInput, WeatherInput } from '../../model/runs.ts';
import type { alerts, incident, sync, syncSource, weather, weatherPlace } from '../../workflows/index.ts';
import { starTables, testConfig } from '../support/config.ts';
import { refusal } from '../support/chat-server.ts';
import { eventually } from '../support/eventually.ts';
import setUp from '../support/global-setup.ts';
import tearDown from '../support/global-teardown.ts';
import { historyOf } from '../support/history.ts';
import { ownPostgres } from '../support/own-postgres.ts';
import { openStar, openText } from '../support/star.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { visit } from '../support/visit.ts';
import { openWatch } from '../support/watch.ts';
import { minsk, weatherConfig } from '../support/weather-config.ts';
import { startWeatherServer } from '../support/weather-server.ts';

const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  version: string;
};
const folder = join(packageRoot, 'test', 'histories', version);

type Waiting = Pick<WorkflowHandle, 'workflowId' | 'fetchHistory' | 'cancel' | 'terminate' | 'result'>;

async function record(): Promise<void> {
  const star = await openStar({ hosts: ['project_b'] });
  // A server of its own: only where nobody takes transaction ids can a run find nothing to do.
  const own = await ownPostgres();
  let tables: Record<string, TableConfig> = starTables;
  let onStaged: OnStaged = () => Promise.resolve();
  let loseStaged = false;
  let failures = 0;
  let listFailures = 0;
  const now = () =>
    testConfig({
      sources: { project_a: own.url, project_b: star.hosts['project_b']! },
      warehouse: star.warehouseUrl,
      staging: star.staging,
      tables,
    });
  const real = createActivities({
    config: { read: () => now().read(), reveal: (secret) => now().reveal(secret) },
    timeouts: defaultTimeouts,
    onStaged: (client, manifest) => onStaged(client, manifest),
  });
  const temporal = await openTemporal('recorder');
  const worker = await temporal.startWorker({
    ...real,
    async listSources(asked) {
      if (listFailures-- > 0) throw new Error('Once, and not again.');
      return real.listSources(asked);
    },
    async loadRaw(batch) {
      if (loseStaged) await rm(join(star.staging, batch.source, batch.id), { recursive: true });
      loseStaged = false;
      if (failures-- > 0) throw new Error('Once, and not again.');
      return real.loadRaw(batch);
    },
  });

  const start = (
    workflowId: string,
    input: Partial<SyncInput>,
    workflowExecutionTimeout: Duration = '1 hour',
  ) =>
    temporal.client.workflow.start<typeof sync>(workflowTypes.sync, {
      taskQueue,
      workflowId,
      args: [{ waitMinutes: 1, ...input }],
      workflowExecutionTimeout,
    });
  const end = async (workflowId: string, input: Partial<SyncInput> = {}) =>
    (await start(workflowId, input)).result().catch(() => undefined);
  const recorded = new Map<string, string>();
  const keep = async (name: string, workflowId: string) => {
    const history = await historyOf(temporal.client, workflowId);
    recorded.set(name, anonymousHistory(history, { [star.staging]: 'staging' }));
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
  await end('sync/unreconciled');
  await keep('sync-source-unreconciled', b);

  await visit(star.host, 2);
  loseStaged = true;
  await end('sync/batch-lost', { sources: ['project_b'] });
  await keep('sync-source-batch-lost', b);

  tables = { ...starTables, nowhere: { from: 'project_b' } };
  await end('sync/failed');
  await keep('sync-failed', 'sync/failed');
  await keep('sync-source-failed', b);
  tables = starTables;

  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  onStaged = (_, manifest) => (manifest.source === 'project_b' ? released : Promise.resolve());
  await end('sync/first-running', { waitMinutes: 1 / 60 });
  await keep('sync-wait-over', 'sync/first-running');
  await end('sync/found-running');
  await keep('sync-found-running', 'sync/found-running');
  const after = await start('sync/after-running', { sources: ['project_b'], afterRunning: true });
  await eventually('it found the child running', async () =>
    ((await after.fetchHistory()).events ?? []).some(
      (event) => event.startChildWorkflowExecutionFailedEventAttributes,
    ),
  );
  release();
  await after.result();
  await keep('sync-after-running', 'sync/after-running');

  failures = 1;
  listFailures = 1;
  await visit(star.host, 3);
  await end('sync/retried', { sources: ['project_b'] });
  await keep('sync-source-retried', b);
  await keep('sync-retried', 'sync/retried');

  const gate = createGate();
  onStaged = gate.pass;
  gate.close();
  await cutShort(keep, 'sync', gate.release, (n, timeout) =>
    start(`sync/cut-short/${n}`, { sources: ['project_b'], afterRunning: true }, timeout),
  );
  gate.open();
  await temporal.client.workflow.result(b).catch(() => undefined);
  gate.close();
  await cutShort(keep, 'sync-source', gate.release, (_, workflowExecutionTimeout) =>
    temporal.client.workflow.start<typeof syncSource>(workflowTypes.syncSource, {
      taskQueue,
      workflowId: b,
      args: [{ source: 'project_b' }],
      workflowExecutionTimeout,
    }),
  );
  gate.open();

  await worker.stop();
  await recordWeather(temporal, recorded);
  await recordIncidents(recorded);
  await temporal.close();
  await star.close();
  await own.stop();
  await mkdir(folder, { recursive: true });
  const added = [...recorded].filter(([name]) => !existsSync(join(folder, `${name}.json`)));
  for (const [name, json] of added) await writeFile(join(folder, `${name}.json`), json, { flag: 'wx' });
  process.stdout.write(
    `Added ${added.length} histories to test/histories/${version}; ${recorded.size - added.length} were there and stay as they are.\n`,
  );
}

/** The paths through the weather workflows. */
async function recordWeather(temporal: TestTemporal, recorded: Map<string, string>): Promise<void> {
  const server = await startWeatherServer();
  const weatherFolder = await temporaryFolder('weather');
  const config = weatherConfig(server.url, weatherFolder, { places: [minsk] });
  const real = createActivities({ config, timeouts: defaultTimeouts });
  const gate = createGate();
  let failures = 0;
  const worker = await temporal.startWorker({
    ...real,
    async observe(input) {
      await gate.pass();
      return real.observe(input);
    },
    async listPlaces(asked) {
      if (failures-- > 0) throw new Error('Once, and not again.');
      return real.listPlaces(asked);
    },
  });
  const start = (
    workflowId: string,
    input: Partial<WeatherInput>,
    workflowExecutionTimeout: Duration = '1 hour',
  ) =>
    temporal.client.workflow.start<typeof weather>(workflowTypes.weather, {
      taskQueue,
      workflowId,
      args: [{ waitMinutes: 1, ...input }],
      workflowExecutionTimeout,
    });
  const end = async (workflowId: string, input: Partial<WeatherInput> = {}) =>
    (await start(workflowId, input)).result().catch(() => undefined);
  const keep = async (name: string, workflowId: string) => {
    const history = await historyOf(temporal.client, workflowId);
    recorded.set(
      name,
      anonymousHistory(history, { [server.url]: 'http://station', [weatherFolder]: 'staging' }),
    );
  };
  const place = weatherPlaceId(minsk.name);

  await end('weather-run/completed');
  await keep('weather-completed', 'weather-run/completed');
  await keep('weather-place-written', place);

  await end('weather-run/filled', { hours: { from: '2026-11-01', to: '2026-11-02' } });
  await keep('weather-place-filled', place);

  failures = 1;
  await end('weather-run/retried');
  await keep('weather-retried', 'weather-run/retried');

  const answers = server.answers;
  server.answers = () => {
    server.answers = answers;
    return { status: 503, body: { message: 'Later.' } };
  };
  await end('weather-run/place-retried');
  await keep('weather-place-retried', place);

  gate.close();
  await cutShort(keep, 'weather', gate.release, (n, timeout) =>
    start(`weather-run/cut-short/${n}`, { afterRunning: true }, timeout),
  );
  gate.open();
  await temporal.client.workflow.result(place).catch(() => undefined);
  gate.close();
  await cutShort(keep, 'weather-place', gate.release, (_, workflowExecutionTimeout) =>
    temporal.client.workflow.start<typeof weatherPlace>(workflowTypes.weatherPlace, {
      taskQueue,
      workflowId: place,
      args: [{ place: minsk.name }],
      workflowExecutionTimeout,
    }),
  );
  gate.open();

  server.answers = () => ({ status: 401, body: { message: 'Invalid API key.' } });
  await end('weather-run/failed');
  await keep('weather-failed', 'weather-run/failed');
  await keep('weather-place-failed', place);

  await worker.stop();
  await server.stop();
}

/** The paths through the alerts workflows. */
async function recordIncidents(recorded: Map<string, string>): Promise<void> {
  const watch = await openWatch({ identity: 'recorder' });
  const { client } = watch.temporal;
  watch.activities = { listSources: () => Promise.resolve([]) };
  await applySchedules(client, watch.config);
  const keep = async (name: string, workflowId: string) => {
    const history = await historyOf(client, workflowId);
    recorded.set(name, anonymousHistory(history, { [watch.config.staging]: 'staging' }));
  };
  const lateBy = (time: string) =>
    watch.warehouse.query(
      `insert into ops.source (source, complete_through) values ('project_a', now() - $1::interval)
       on conflict (source) do update set complete_through = excluded.complete_through`,
      [time],
    );
  const subject = 'source/project_a';
  const incidentOf = (of: string) => client.workflow.getHandle<typeof incident>(incidentId(of));

  await lateBy('1 day');
  await watch.check();
  await keep('alerts-opened', 'alerts/1');
  await watch.notified(subject);
  await keep('incident-open', incidentId(subject));
  await lateBy('0 s');
  await watch.check();
  await keep('alerts-resolved', 'alerts/2');
  await incidentOf(subject).result();
  await keep('incident-notified', incidentId(subject));

  const open = (
    name: string,
    changed: Partial<IncidentInput>,
    workflowExecutionTimeout: Duration = '1 hour',
  ) =>
    client.workflow.start<typeof incident>(workflowTypes.incident, {
      taskQueue,
      workflowId: incidentId(name),
      workflowExecutionTimeout,
      args: [
        {
          problem: { subject: name, kind: 'failed', since: new Date().toISOString() },
          related: [], moreRelated: 0,
          silent: false,
          quietMs: 0,
          remindAfterMs: 500,
          ...changed,
        },
      ],
    });
  const resolution: Resolution = { at: new Date().toISOString() };
  const reminded = await open('test/reminded', {});
  await eventually(
    'it sent a reminder',
    async () => (await reminded.query<IncidentState>('state')).notifications.length > 1,
  );
  await reminded.signal<[Mute]>(muteSignal, { forMs: 60_000, until: resolution.at });
  await reminded.signal(resolvedSignal, resolution);
  await reminded.result();
  await keep('incident-reminded-and-muted', reminded.workflowId);

  const quiet = await open('test/quiet', { quietMs: 60_000 });
  await quiet.signal(resolvedSignal, resolution);
  await quiet.result();
  await keep('incident-quiet', quiet.workflowId);

  await cutShort(
    keep,
    'incident',
    () => undefined,
    (n, timeout) => open(`test/cut-short/${n}`, { remindAfterMs: 3_600_000 }, timeout),
  );

  watch.chat.next(refusal(500, 'Internal Server Error'));
  const retried = await open('test/retried', {});
  await watch.notified('test/retried');
  await retried.signal(resolvedSignal, resolution);
  await retried.result();
  await keep('incident-notify-retried', retried.workflowId);

  const gate = createGate();
  gate.close();
  watch.activities = {
    async checkHealth() {
      await gate.pass();
      return { problems: [], ongoing: [], resolved: [], remindAfterMs: 60_000 };
    },
  };
  await cutShort(keep, 'alerts', gate.release, (n, workflowExecutionTimeout) =>
    client.workflow.start<typeof alerts>(workflowTypes.alerts, {
      taskQueue,
      workflowId: `alerts/cut-short/${n}`,
      workflowExecutionTimeout,
    }),
  );
  let failed = false;
  watch.activities = {
    checkHealth() {
      if (failed) return Promise.resolve({ problems: [], ongoing: [], resolved: [], remindAfterMs: 60_000 });
      failed = true;
      return Promise.reject(new Error('Once, and not again.'));
    },
  };
  await client.workflow.execute<typeof alerts>(workflowTypes.alerts, {
    taskQueue,
    workflowId: 'alerts/retried',
  });
  await keep('alerts-retried', 'alerts/retried');
  watch.activities = {};
  gate.open();

  watch.chat.always(refusal(403, 'Forbidden: bot was kicked from the group chat'));
  const refused = await open('test/refused', {});
  await eventually(
    'it was refused',
    async () => (await refused.query<IncidentState>('state')).undelivered['-100'],
  );
  await refused.signal(resolvedSignal, resolution);
  await refused.result();
  await keep('incident-refused', refused.workflowId);
  await watch.close();
}

/** A gate: callers of `pass` go through at once, or wait while it is closed. */
function createGate() {
  const waiting: (() => void)[] = [];
  let closed = false;
  const release = () => waiting.splice(0).forEach((go) => go());
  return {
    pass: () => (closed ? new Promise<void>((go) => waiting.push(go)) : Promise.resolve()),
    close: () => void (closed = true),
    /** Lets those through that wait now. */
    release,
    open() {
      closed = false;
      release();
    },
  };
}

/**
 * Records runs that do not end by themselves: one that is open, the same one cancelled, one terminated and one timed out.
 * `start` starts a run that waits, `release` ends what it waits for.
 */
async function cutShort(
  keep: (name: string, workflowId: string) => Promise<void>,
  name: string,
  release: () => void,
  start: (n: number, workflowExecutionTimeout: Duration) => Promise<Waiting>,
): Promise<void> {
  const begun = (run: Waiting) =>
    eventually(`${name} waits`, async () => {
      const { events } = await run.fetchHistory();
      return (events ?? []).some(
        (event) =>
          event.timerStartedEventAttributes ??
          event.childWorkflowExecutionStartedEventAttributes ??
          event.startChildWorkflowExecutionFailedEventAttributes ??
          (event.activityTaskScheduledEventAttributes &&
            !/^list/.test(event.activityTaskScheduledEventAttributes.activityType?.name ?? '')),
      );
    });
  const open = await start(1, '1 hour');
  await begun(open);
  await keep(`${name}-running`, open.workflowId);
  await open.cancel();
  await eventually(`${name} was asked to cancel`, async () =>
    ((await open.fetchHistory()).events ?? []).some(
      (event) =>
        event.activityTaskCancelRequestedEventAttributes ?? event.workflowExecutionCanceledEventAttributes,
    ),
  );
  release();
  await open.result().catch(() => undefined);
  await keep(`${name}-cancelled`, open.workflowId);
  const terminated = await start(2, '1 hour');
  await begun(terminated);
  await terminated.terminate('by hand');
  await keep(`${name}-terminated`, terminated.workflowId);
  const late = await start(3, '2 seconds');
  await late.result().catch(() => undefined);
  await keep(`${name}-timed-out`, late.workflowId);
}

async function main(): Promise<void> {
  await setUp();
  try {
    await record();
  } finally {
    tearDown();
  }
}

void main();
