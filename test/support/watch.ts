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

/** A Temporal server, a warehouse and a chat, with what looks after them; the sources and places are names only. */
export interface Watch {
  readonly temporal: TestTemporal;
  readonly chat: ChatServer;
  readonly warehouse: Postgres;
  /** What the config says from now on. */
  config: Config;
  /** What is wrong with the config as it stands; `config` is then the last good one. */
  mistake: string | undefined;
  /** What the steps do from now on instead of their own work. */
  steps: Partial<Activities>;
  /** One look-around, and what it found. */
  look(): Promise<AlertsResult>;
  /** Looks around until the subject is wrong, or until it is well. */
  until(subject: string, is: 'wrong' | 'well'): Promise<void>;
  /** The open incident of the subject, when it has told of it. */
  told(subject: string): Promise<IncidentState>;
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
    mistake: undefined,
    steps: {},
    look: () =>
      temporal.client.workflow.execute<typeof alerts>(workflowTypes.alerts, {
        taskQueue,
        workflowId: `alerts/${++serial}`,
      }),
    async until(subject, is) {
      await eventually(`${subject} is ${is}`, async () => {
        const { open } = await watch.look();
        return open.includes(subject) === (is === 'wrong');
      });
    },
    told: (subject) =>
      eventually(`${subject} is told`, async () => {
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
        watch.mistake === undefined
          ? Promise.resolve(watch.config)
          : Promise.reject(new ConfigError([watch.mistake])),
      lastGood: () => watch.config,
      reveal: (secret) => values.reveal(secret),
    },
    timeouts: { ...defaultTimeouts, requestMs: 2_000 },
  });
  const changeable = Object.fromEntries(
    Object.entries(real).map(([name, step]) => [
      name,
      (...args: never[]): unknown =>
        ((watch.steps[name as keyof Activities] ?? step) as (...given: never[]) => unknown)(...args),
    ]),
  ) as unknown as Activities;
  const worker = await temporal.startWorker(changeable, given.queues);
  return watch;
}
