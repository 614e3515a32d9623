import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IncidentInput } from '../../../model/incident.ts';
import { incidentId } from '../../../model/incident.ts';
import { taskQueue, workflowTypes } from '../../../model/names.ts';
import type { incident } from '../../../workflows/index.ts';
import { refusal } from '../../support/chat-server.ts';
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

async function open(subject: string): Promise<void> {
  const input: IncidentInput = {
    problem: { subject, kind: 'failed', since: '2026-11-24T17:41:57.000Z' },
    related: [],
    moreRelated: 0,
    silent: false,
    quietMs: 0,
    remindAfterMs: 3_600_000,
  };
  await watch.temporal.client.workflow.start<typeof incident>(workflowTypes.incident, {
    taskQueue,
    workflowId: incidentId(subject),
    args: [input],
    memo: { what: 'the last run of project_b failed', since: input.problem.since },
  });
  await watch.told(subject);
}

test('test sends one message of each kind and says when each was taken', async () => {
  const { code, stdout } = await alerts('test');
  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^.*UTC +/, '')),
  ).toEqual(['down  to -100', 'reminder  to -100', 'up  to -100']);
  expect(watch.chat.delivered.map(({ text }) => text.split('\n')[1])).toEqual(
    Array(3).fill('nothing is wrong: somebody tries whether messages arrive'),
  );
});

test('test ends with 1 and says what to do when a chat refuses', async () => {
  watch.chat.always(refusal(403, 'Forbidden: bot was kicked from the group chat'));
  const { code, stderr } = await alerts('test');
  expect(code).toBe(1);
  expect(stderr).toContain('let the bot into the chat again');
  expect(stderr).not.toContain(watch.chat.token);
});

test('list shows what is open, and mute until when it is quiet', async () => {
  expect((await alerts('list')).stdout).toBe('No incident is open.\n');
  await open('source/project_b');
  const muted = await alerts('mute', 'source/project_b', '2h');
  expect([muted.code, muted.stdout]).toEqual([
    0,
    expect.stringMatching(/^source\/project_b is quiet until .* UTC\.\n$/),
  ]);
  const { stdout } = await alerts('list', '--json');
  expect(JSON.parse(stdout)).toEqual({
    incidents: [
      {
        id: 'source/project_b',
        since: '2026-11-24T17:41:57.000Z',
        what: 'the last run of project_b failed',
        notifiedAt: expect.stringMatching(/Z$/) as string,
        quietUntil: expect.stringMatching(/Z$/) as string,
      },
    ],
  });
});

test.each([
  [
    1,
    'an incident that is not open',
    ['mute', 'source/nobody', '2h'],
    /No incident "source\/nobody" is open/,
  ],
  [2, 'a time that is none', ['mute', 'source/project_b', 'soon'], /A time is given as 30m, 2h or 1d/],
])('mute ends with %i for %s', async (expected, _, args, sentence) => {
  const { code, stderr } = await alerts(...args);
  expect(code).toBe(expected);
  expect(stderr).toMatch(sentence);
});
