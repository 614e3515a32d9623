import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IncidentInput } from '../../../model/incident.ts';
import { incidentId } from '../../../model/incident.ts';
import { taskQueue, workflowTypes } from '../../../model/names.ts';
import { formatTime } from '../../../model/time.ts';
import { createCollect } from '../../../page/collect/collect.ts';
import type { incident } from '../../../workflows/index.ts';
import { refusal } from '../../support/chat-server.ts';
import { testConfig } from '../../support/config.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { openWatch } from '../../support/watch.ts';
import type { Watch } from '../../support/watch.ts';
import { configOfNowhere, tidehouse } from '../../support/run-command.ts';

let watch: Watch;
let folder: string;
beforeAll(async () => {
  watch = await openWatch();
  folder = await temporaryFolder('alerts-commands');
  await writeFile(join(folder, 'tidehouse.yaml'), configOfNowhere);
});
afterAll(() => watch.close());
beforeEach(() => watch.chat.always(undefined));

const alerts = (...args: string[]) =>
  tidehouse(['--config', 'tidehouse.yaml', 'alerts', ...args], {
    folder,
    env: { TEMPORAL_ADDRESS: watch.temporal.address },
  });

/** What the page shows. */
const page = () =>
  createCollect({
    reader: testConfig({ sources: {}, warehouse: 'postgres://writer@127.0.0.1:1/analytics', staging: '' }),
    temporal: watch.temporal.client,
  })();

async function open(subject: string): Promise<void> {
  const input: IncidentInput = {
    problem: { subject, kind: 'failed', since: '2026-11-24T17:41:57.000Z' },
    related: [],
    moreRelated: 0,
    silent: false,
    remindAfterMinutes: 60,
  };
  await watch.temporal.client.workflow.start<typeof incident>(workflowTypes.incident, {
    taskQueue,
    workflowId: incidentId(subject),
    args: [input],
    memo: { problem: 'project_b is failing: its last run failed', since: input.problem.since },
  });
  await watch.notified(subject);
}

test('"test" sends one message of each kind and prints when each was accepted', async () => {
  const { code, stdout } = await alerts('test');
  expect(code).toBe(0);
  const [headings, ...rows] = stdout.trim().split('\n');
  expect(headings!.split(/ {2,}/)).toEqual(['sent at', 'message', 'chat']);
  expect(rows.map((row) => row.replace(/^.*UTC +/, '').split(/ {2,}/))).toEqual([
    ['opened', '-100'],
    ['reminder', '-100'],
    ['resolved', '-100'],
  ]);
  expect(watch.chat.delivered.map(({ text }) => text.split('\n')[0])).toEqual([
    '🔴 This is a test message',
    '🟠 This is a test reminder',
    '🟢 The test is over',
  ]);
});

test('"test" exits with 1 and advice when a chat refuses a message', async () => {
  watch.chat.always(refusal(403, 'Forbidden: bot was kicked from the group chat'));
  const { code, stderr } = await alerts('test');
  expect(code).toBe(1);
  expect(stderr).toContain('Add the bot to the chat again');
  expect(stderr).not.toContain(watch.chat.token);
});

test('"list" and the page show the open incidents, and "mute" until when one is quiet', async () => {
  expect((await alerts('list')).stdout).toBe('No incident is open.\n');
  await open('source/project_b');
  const muted = await alerts('mute', 'source/project_b', '2h');
  expect([muted.code, muted.stdout]).toEqual([
    0,
    expect.stringMatching(
      /^source\/project_b is muted until .* UTC, or until this incident is resolved\.\n$/,
    ),
  ]);
  const table = (await alerts('list')).stdout.split('\n');
  expect(table[0]!.split(/ {2,}/)).toEqual(['incident', 'since', 'problem', 'notified', 'quiet until']);
  expect(table[1]).toMatch(
    /^source\/project_b +2026-11-24 17:41:57 UTC +project_b is failing: its last run failed +\S+ \S+ UTC +\S+ \S+ UTC, muted$/,
  );
  const { stdout } = await alerts('list', '--json');
  expect(JSON.parse(stdout)).toEqual({
    incidents: [
      {
        id: 'source/project_b',
        since: '2026-11-24T17:41:57.000Z',
        problem: 'project_b is failing: its last run failed',
        notifiedAt: expect.stringMatching(/Z$/) as string,
        quietUntil: null,
        mutedUntil: expect.stringMatching(/Z$/) as string,
      },
    ],
    mutes: {},
  });
  expect((await page()).incidents).toEqual({
    value: [
      expect.objectContaining({
        subject: 'source/project_b',
        resolvedAt: null,
        mutedUntil: expect.any(Number) as number,
      }),
    ],
  });
  expect((await alerts('unmute', 'source/project_b')).stdout).toBe(
    'source/project_b is not muted any longer.\n',
  );
  expect((await alerts('list')).stdout).not.toContain('muted');
});

test('a mute for a time needs no incident, is listed and on the page, and can be taken back', async () => {
  const { stdout } = await alerts('mute', 'source/project_a', '2h', '--window');
  expect(stdout).toMatch(/^source\/project_a is muted until .* UTC, whatever happens to it\.\n$/);
  const lines = (await alerts('list')).stdout.trim().split('\n');
  expect(lines.slice(-2)).toEqual([
    expect.stringMatching(/^muted +until$/),
    expect.stringMatching(/^source\/project_a +2.* UTC$/),
  ]);
  const { mutes = [] } = await page();
  const [, until] = /until (.*), whatever/.exec(stdout)!;
  expect(mutes.map((each) => [each.subject, formatTime(new Date(each.until).toISOString())])).toEqual([
    ['source/project_a', until],
  ]);
  expect((await alerts('unmute', 'source/project_a')).code).toBe(0);
  await eventually('it is over', async () => !(await alerts('list')).stdout.includes('source/project_a'));
});

test('with an invalid config, "list" and "mute" work, and its error is on stderr', async () => {
  await open('source/project_c');
  await writeFile(join(folder, 'invalid.yaml'), `${configOfNowhere}colour: red\n`);
  for (const args of [['list'], ['mute', 'source/project_c', '2h']]) {
    const { code, stdout, stderr } = await tidehouse(['--config', 'invalid.yaml', 'alerts', ...args], {
      folder,
      env: { TEMPORAL_ADDRESS: watch.temporal.address },
    });
    expect([code, stdout]).toEqual([0, expect.stringContaining('source/project_c') as string]);
    expect(stderr).toMatch(/^\S+invalid\.yaml:\d+: colour: unknown key; remove it or correct its name\n$/);
  }
});

test.each([
  [
    1,
    'an incident that is not open',
    ['mute', 'source/nobody', '2h'],
    /No incident is open for "source\/nobody"/,
  ],
  [1, 'a subject that is not muted', ['unmute', 'source/nobody'], /"source\/nobody" is not muted/],
  [
    2,
    'a time that is not a duration',
    ['mute', 'source/project_b', 'soon'],
    /"soon" is not a duration of at most ten years; use for example 30m, 2h or 1d/,
  ],
  [
    2,
    'a subject that can have no incident',
    ['mute', 'projekt_a', '2h', '--window'],
    /"projekt_a" can have no incident\. Subjects are source\/<source>, .*, warehouse,/,
  ],
  [
    2,
    'a source that the config does not have',
    ['mute', 'table/projekt_a/events', '2h', '--window'],
    /projekt_a.* not in the config, which has project_a/,
  ],
])('exits with %i for %s', async (expected, _, args, sentence) => {
  const { code, stderr } = await alerts(...args);
  expect(code).toBe(expected);
  expect(stderr).toMatch(sentence);
});
