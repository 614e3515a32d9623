import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { stringify } from 'yaml';
import { applySchedules } from '../../client/schedules/apply.ts';
import { readIncidents } from '../../client/status/incidents.ts';
import { below, seededRandom } from '../../local/demo/random.ts';
import { startTemporal } from '../../local/temporal/server.ts';
import type { TemporalServer } from '../../local/temporal/server.ts';
import { english } from '../../model/incident-words-en.ts';
import { taskQueues } from '../../model/names.ts';
import { scheduleIds } from '../../model/schedules.ts';
import { configReader } from '../../worker/config-reader.ts';
import { openChatServer, refusal } from '../support/chat-server.ts';
import type { ChatServer } from '../support/chat-server.ts';
import { eventually } from '../support/eventually.ts';
import { openStar } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { temporalFile } from '../support/worker-files.ts';
import { startWorkerProcess } from '../support/worker-process.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const seconds = Number(process.env['TIDEHOUSE_ALERTS_SECONDS'] ?? 10);
const seed = Number(process.env['TIDEHOUSE_ALERTS_SEED'] ?? Date.now() % 1e6);
const names = ['shop_a', 'shop_b', 'shop_c', 'shop_d'];

/** A message about one subject, or the entry about it in another subject's message. */
interface Announcement {
  readonly subject: string;
  readonly kind: 'opened' | 'resolved';
}

function announcementsIn(text: string): Announcement[] {
  const lines = text.split('\n');
  if (text.startsWith('🟢')) return [{ subject: resolvedSubject(lines[0]!), kind: 'resolved' }];
  if (!text.startsWith('🔴')) return [];
  const subject = /^Mute: tidehouse alerts mute (\S+) 2h$/m.exec(text)![1]!;
  // Each related problem has its reason, or its name alone when there was no space.
  const related = lines.filter((line) => line.startsWith('• ')).map((line) => line.slice(2));
  const names = related.flatMap((line) =>
    line.includes(': ') ? [line.replace(/: .*/, '')] : line.split(', '),
  );
  return [subject, ...names].map((each) => ({ subject: each, kind: 'opened' }));
}

const subjects = [
  ...names.flatMap((name) => ['source', 'row-count', 'long-transaction'].map((type) => `${type}/${name}`)),
  ...scheduleIds.map((id) => `schedule/${id}`),
  ...taskQueues.map((queue) => `queue/${queue}`),
  'warehouse',
  'disk/staging',
  'config',
];

function resolvedSubject(headline: string): string {
  const subject = subjects.find(
    (each) => headline === `🟢 ${english.resolved({ subject: each, kind: 'failed' })}`,
  );
  if (subject === undefined) throw new Error(`This headline is of no subject: ${headline}`);
  return subject;
}

describe(`while sources, the chat, the worker and Temporal fail at random for ${seconds} s`, () => {
  let star: Star;
  let chat: ChatServer;
  let folder: string;
  let temporal: TemporalServer;
  let worker: WorkerProcess;
  let config: string;
  let toTemporal: string;

  const secretOf = (source: string) => join(folder, source);
  const broken = new Set<string>();
  const toggle = async (source: string) => {
    if (broken.delete(source)) return writeFile(secretOf(source), star.hosts[source]!);
    broken.add(source);
    return rm(secretOf(source));
  };
  const startWorker = () => startWorkerProcess({ config, temporal: toTemporal });
  /** Uses a new client each time, because one from before a crash would wait for the dead server. */
  const withClient = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const connection = await Connection.connect({ address: temporal.address });
    try {
      return await work(new Client({ connection }));
    } finally {
      await connection.close();
    }
  };

  beforeAll(async () => {
    star = await openStar({ hosts: names });
    chat = await openChatServer();
    folder = await temporaryFolder('life');
    for (const name of names) await writeFile(secretOf(name), star.hosts[name]!);
    await writeFile(join(folder, 'token'), chat.token);
    config = join(folder, 'tidehouse.yaml');
    await writeFile(
      config,
      stringify({
        sources: Object.fromEntries(names.map((name) => [name, { url: { file: name } }])),
        warehouse: { url: star.warehouseUrl },
        staging: './staging',
        tables: { user_sessions: {}, events: {} },
        alerts: { quiet: '1s', telegram: { token: { file: 'token' }, chat: -100, url: chat.url } },
        schedules: { sync: '2s', alerts: '1s' },
      }),
    );
    temporal = await startTemporal({ folder: join(folder, 'temporal') });
    toTemporal = await temporalFile(temporal);
    worker = startWorker();
    await withClient(async (client) => applySchedules(client, await configReader(config, {}).read()));
  }, 400_000);
  afterAll(async () => {
    await worker.kill();
    await temporal.stop();
    await chat.stop();
    await star.close();
  });

  test(
    'each incident sends one first message and one resolved message, in order',
    async () => {
      const random = seededRandom(seed);
      const counts: Record<string, number> = {};
      const events: Record<string, () => unknown> = {
        'a source breaks or is repaired': () => toggle(names[below(names.length, random)]!),
        'all sources break or are repaired': () => Promise.all(names.map(toggle)),
        'the chat is away': () => chat.always('reset'),
        'the chat is overloaded': () =>
          chat.always(refusal(429, 'Too Many Requests: retry after 1', { retry_after: 1 })),
        'the chat is back': () => chat.always(undefined),
        'the worker is killed': async () => {
          await worker.kill();
          worker = startWorker();
        },
        'Temporal is killed': async () => {
          await temporal.kill();
          temporal = await startTemporal({ folder: join(folder, 'temporal'), ports: temporal.ports });
        },
      };
      const usual = Object.keys(events).slice(0, 5);
      const crashes = Object.keys(events).slice(5);
      const end = performance.now() + seconds * 1000;
      let rounds = 0;
      // However short the test is, it has at least one problem.
      await toggle(names[0]!);
      await eventually('an incident is open', () =>
        withClient(readIncidents).then((open) => open.length > 0),
      );
      while (performance.now() < end) {
        const from = ++rounds % 8 === 0 ? crashes : usual;
        const event = from[below(from.length, random)]!;
        counts[event] = (counts[event] ?? 0) + 1;
        await events[event]!();
        // The pace of the events is the experiment itself, so this waits for a time instead of a state.
        await pause(300 + below(1_500, random));
      }
      chat.always(undefined);
      for (const source of broken) await toggle(source);

      await eventually(
        'every incident has closed',
        () =>
          withClient(async (client) => {
            const open = await readIncidents(client);
            return open.length === 0 && (await isCalm(client));
          }).catch(() => false),
        120_000,
      );
      const announcements = chat.delivered.flatMap(({ text }) => announcementsIn(text));
      expect(announcements.length).toBeGreaterThanOrEqual(2);
      const kills = (counts['the worker is killed'] ?? 0) + (counts['Temporal is killed'] ?? 0);
      let doubled = 0;
      for (const subject of new Set(announcements.map((each) => each.subject))) {
        const kinds = announcements.filter((each) => each.subject === subject).map(({ kind }) => kind);
        // A message that the chat accepted just before the worker or Temporal was killed may be sent again.
        const once = kinds.filter((kind, at) => kind !== kinds[at - 1]);
        doubled += kinds.length - once.length;
        expect([seed, subject, once]).toEqual([seed, subject, alternating(once.length)]);
        expect([seed, subject, once.length % 2]).toEqual([seed, subject, 0]);
      }
      expect([seed, counts, doubled <= kills]).toEqual([seed, counts, true]);
    },
    seconds * 1000 + 240_000,
  );

  /** Whether the last completed health check found no problem. */
  async function isCalm(client: Client): Promise<boolean> {
    for await (const { workflowId, runId } of client.workflow.list({
      query: `WorkflowType = 'alerts' AND ExecutionStatus = 'Completed'`,
    })) {
      const { open } = (await client.workflow.getHandle(workflowId, runId).result()) as { open: string[] };
      return open.length === 0;
    }
    return false;
  }
});

function alternating(length: number): string[] {
  return Array.from({ length }, (_, at) => (at % 2 === 0 ? 'opened' : 'resolved'));
}
