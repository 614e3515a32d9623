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

const seconds = Number(process.env['TIDEHOUSE_ALERTS_SECONDS'] ?? 15);
const seed = Number(process.env['TIDEHOUSE_ALERTS_SEED'] ?? Date.now() % 1e6);
const names = ['shop_a', 'shop_b', 'shop_c', 'shop_d'];

/** What a message tells: a subject that is wrong, or well. Those that one message lists are told by it. */
interface Told {
  readonly subject: string;
  readonly kind: 'opened' | 'resolved';
}

function toldBy(text: string): Told[] {
  const [first = '', ...lines] = text.split('\n');
  const subject = first.replace(/^[^:]*: /, '');
  if (first.startsWith('🟢')) return [{ subject, kind: 'resolved' }];
  if (!first.startsWith('🔴')) return [];
  const others = lines
    .filter((line) => /^(Also wrong[^:]*: |• )/.test(line))
    .flatMap((line) =>
      (line.startsWith('•') ? line.slice(2).replace(/: .*/, '') : line.replace(/^[^:]*: /, '')).split(', '),
    );
  return [subject, ...others].map((each) => ({ subject: each, kind: 'opened' }));
}

describe(`life at ${seconds} s, with sources, chat, worker and Temporal failing at random`, () => {
  let star: Star;
  let chat: ChatServer;
  let folder: string;
  let temporal: TemporalServer;
  let worker: WorkerProcess;
  let config: string;
  let toTemporal: string;

  const secretOf = (source: string) => join(folder, source);
  const isBroken = new Set<string>();
  const turn = async (source: string) => {
    if (isBroken.delete(source)) return writeFile(secretOf(source), star.hosts[source]!);
    isBroken.add(source);
    return rm(secretOf(source));
  };
  const startWorker = () => startWorkerProcess({ config, temporal: toTemporal });
  /** A client of its own each time: one from before a crash would wait for the dead server. */
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
    'each incident is told of once, and once that it is well, in order',
    async () => {
      const random = seededRandom(seed);
      const happened: Record<string, number> = {};
      const happenings: Record<string, () => unknown> = {
        'a source breaks or is mended': () => turn(names[below(names.length, random)]!),
        'all sources break or are mended': () => Promise.all(names.map(turn)),
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
      const usual = Object.keys(happenings).slice(0, 5);
      const crashes = Object.keys(happenings).slice(5);
      const end = performance.now() + seconds * 1000;
      let beats = 0;
      // Something is wrong in any life, however short.
      await turn(names[0]!);
      await eventually('it was told', () => withClient(readIncidents).then((open) => open.length > 0));
      while (performance.now() < end) {
        const from = ++beats % 8 === 0 ? crashes : usual;
        const what = from[below(from.length, random)]!;
        happened[what] = (happened[what] ?? 0) + 1;
        await happenings[what]!();
        // The pace of the happenings is the experiment itself.
        await pause(300 + below(1_500, random));
      }
      chat.always(undefined);
      for (const source of isBroken) await turn(source);

      await eventually(
        'every incident has closed',
        () =>
          withClient(async (client) => {
            const open = await readIncidents(client);
            return open.length === 0 && (await isCalm(client));
          }).catch(() => false),
        120_000,
      );
      const told = chat.delivered.flatMap(({ text }) => toldBy(text));
      expect(told.length).toBeGreaterThanOrEqual(2);
      const kills = (happened['the worker is killed'] ?? 0) + (happened['Temporal is killed'] ?? 0);
      let doubled = 0;
      for (const subject of new Set(told.map((each) => each.subject))) {
        const kinds = told.filter((each) => each.subject === subject).map(({ kind }) => kind);
        // Taken by the chat, and killed before Temporal heard of it: what no sender can know.
        const once = kinds.filter((kind, at) => kind !== kinds[at - 1]);
        doubled += kinds.length - once.length;
        expect([seed, subject, once]).toEqual([seed, subject, alternating(once.length)]);
        expect([seed, subject, once.length % 2]).toEqual([seed, subject, 0]);
      }
      expect([seed, happened, doubled <= kills]).toEqual([seed, happened, true]);
    },
    seconds * 1000 + 240_000,
  );

  /** Whether a whole look-around has found nothing wrong. */
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
