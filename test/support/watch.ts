import { Client as Postgres } from 'pg';
import { createActivities } from '../../activities/index.ts';
import type { Activities } from '../../activities/index.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { ConfigError } from '../../model/config.ts';
import type { Config } from '../../model/config.ts';
import type { AlertsResult, IncidentState } from '../../model/incident.ts';
import { incidentId } from '../../model/incident.ts';
import { taskQueue, workflowTypes } from '../../model/names.ts';
import type { Queue } from '../../model/names.ts';
import type { alerts, incident } from '../../workflows/index.ts';
import { openChatServer } from './chat-server.ts';
import type { ChatServer } from './chat-server.ts';
import { quietAlerts, testConfig } from './config.ts';
import { eventually } from './eventually.ts';
import { freshWarehouse } from './postgres.ts';
import { openTemporal } from './temporal.ts';
import type { TestTemporal } from './temporal.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A Temporal server, a warehouse, a chat and a worker; the sources and places are names only. */
export interface Watch {
  readonly temporal: TestTemporal;
  readonly chat: ChatServer;
  readonly warehouse: Postgres;
  /** The config from now on. */
  config: Config;
  /** The error of the current config; if set, `config` is the last valid one. */
  configError: string | undefined;
  /** The replacements of activities from now on. */
  activities: Partial<Activities>;
  /** The activities without replacements. */
  readonly real: Activities;
  /** Runs one health check, and returns its result. */
  check(): Promise<AlertsResult>;
  /** Runs health checks until the subject has an open incident, or until it has none. */
  until(subject: string, is: 'open' | 'resolved'): Promise<void>;
  /** The open incident of the subject, once it has notified a chat. */
  notified(subject: string): Promise<IncidentState>;
  close(): Promise<void>;
}

export async function openWatch(
  given: { queues?: readonly Queue[]; identity?: string } = {},
): Promise<Watch> {
  const database = await freshWarehouse();
  const warehouse = new Postgres({ connectionString: database.url });
  await warehouse.connect();
  const chat = await openChatServer();
  const temporal = await openTemporal(given.identity);
  const base = await testConfig({
    sources: { project_a: database.url, project_b: database.url },
    warehouse: database.url,
    staging: await temporaryFolder('staging'),
    alerts: {
      ...quietAlerts,
      telegram: {
        token: { value: chat.token },
        chats: [{ id: '-100' }],
        mention: [],
        language: 'en',
        url: chat.url,
      },
    },
  }).read();
  const values = testConfig({ sources: {}, warehouse: '', staging: '' });

  let serial = 0;
  const watch: Watch = {
    temporal,
    chat,
    warehouse,
    config: base,
    configError: undefined,
    activities: {},
    get real() {
      return real;
    },
    check: () =>
      temporal.client.workflow.execute<typeof alerts>(workflowTypes.alerts, {
        taskQueue,
        workflowId: `alerts/${++serial}`,
      }),
    async until(subject, is) {
      await eventually(`${subject} is ${is}`, async () => {
        const { open } = await watch.check();
        return open.includes(subject) === (is === 'open');
      });
    },
    notified: (subject) =>
      eventually(`a chat is notified of ${subject}`, async () => {
        const handle = temporal.client.workflow.getHandle<typeof incident>(incidentId(subject));
        const state = await handle.query<IncidentState>('state').catch(() => undefined);
        return state && state.notifications.length > 0 && state;
      }),
    async close() {
      await worker.stop();
      await temporal.close();
      await chat.stop();
      await warehouse.end();
      await database.drop();
    },
  };
  const real = createActivities({
    config: {
      read: () =>
        watch.configError === undefined
          ? Promise.resolve(watch.config)
          : Promise.reject(new ConfigError([watch.configError])),
      lastGood: () => watch.config,
      reveal: (secret) => values.reveal(secret),
    },
    timeouts: { ...defaultTimeouts, requestMs: 2_000 },
  });
  const changeable = Object.fromEntries(
    Object.entries(real).map(([name, activity]) => [
      name,
      (...args: never[]): unknown =>
        ((watch.activities[name as keyof Activities] ?? activity) as (...given: never[]) => unknown)(...args),
    ]),
  ) as unknown as Activities;
  const worker = await temporal.startWorker(changeable, given.queues);
  return watch;
}
