import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { applySchedules } from '../../../client/schedules/apply.ts';
import { startTemporal } from '../../../local/temporal/server.ts';
import type { TemporalServer } from '../../../local/temporal/server.ts';
import { temporalBinary } from '../../../local/temporal/binary.ts';
import { schedulesOnly } from '../../support/config.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { configOfNowhere, tidehouse } from '../../support/run-command.ts';

let binary: string;
let server: TemporalServer;
let connection: Connection;
let client: Client;
let folder: string;

beforeAll(async () => {
  binary = await temporalBinary();
  folder = await temporaryFolder('schedule-commands');
  server = await startTemporal({ folder });
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
  await writeFile(join(folder, 'tidehouse.yaml'), configOfNowhere);
}, 400_000);

afterAll(async () => {
  await connection.close();
  await server.stop();
});

beforeEach(async () => {
  await applySchedules(client, schedulesOnly);
});
afterEach(async () => {
  await sync()
    .delete()
    .catch(() => undefined);
  for (const workflowId of await runs()) await client.workflow.getHandle(workflowId).terminate();
});

const sync = () => client.schedule.getHandle('sync');
const schedules = (...args: string[]) =>
  tidehouse(['schedules', ...args], {
    folder,
    env: { TIDEHOUSE_CONFIG: 'tidehouse.yaml', TEMPORAL_ADDRESS: server.address },
  });
const json = async (...args: string[]) => {
  const { stdout, stderr } = await schedules('--json', ...args);
  return JSON.parse(stdout || stderr) as Record<string, unknown>;
};
const temporal = async (...args: string[]) => {
  const { stdout } = await promisify(execFile)(binary, [...args, '--address', server.address]);
  return stdout;
};
/** The runs in progress, which do not end without a worker. */
async function runs(): Promise<string[]> {
  const { info } = await sync()
    .describe()
    .catch(() => ({ info: { runningActions: [] } }));
  return info.runningActions.map(({ workflow }) => workflow.workflowId);
}

describe('plan', () => {
  test('shows that nothing would change', async () => {
    expect((await schedules('plan')).stdout).toBe(
      'sync: up to date\naudit: up to date\nalerts: up to date\n',
    );
  });

  test('shows missing schedules, and exits with 0', async () => {
    await sync().delete();
    const { code, stdout } = await schedules('plan');
    expect([code, stdout]).toEqual([
      0,
      'sync: missing, would be created\naudit: up to date\nalerts: up to date\n\nTo make these changes: tidehouse schedules apply\n',
    ]);
  });

  test('shows manual changes and the note of a pause, and changes nothing', async () => {
    await sync().update((was) => ({
      ...was,
      spec: { intervals: [{ every: '90s' }], calendars: [] },
      policies: { ...was.policies, overlap: 'BUFFER_ALL' },
      action: { ...was.action, args: [{ waitMinutes: 1 }] },
    }));
    // Of an update and a pause that it handles together, the server keeps the update's state.
    await eventually(
      'the update is there',
      async () => (await sync().describe()).policies.overlap === 'BUFFER_ALL',
    );
    await sync().pause('until the move is over');
    expect((await schedules('plan')).stdout).toMatchInlineSnapshot(`
     "sync: differs, would be updated
       interval: 90s → 10m
       input: [{"waitMinutes":1}] → [{"waitMinutes":8}]
       overlap: BUFFER_ALL → SKIP
       paused, and stays paused: until the move is over
     audit: up to date
     alerts: up to date

     To make these changes: tidehouse schedules apply
     "
    `);
    expect(await json('plan')).toMatchObject({
      schedules: [
        {
          id: 'sync',
          plan: 'update',
          paused: true,
          note: 'until the move is over',
          differences: expect.arrayContaining([
            { term: 'interval', current: [90_000], wanted: [600_000] },
          ]) as unknown,
        },
        { id: 'audit', plan: 'nothing' },
        { id: 'alerts', plan: 'nothing' },
      ],
    });
    await schedules('apply');
    expect((await schedules('plan')).stdout).toBe(
      'sync: up to date\n  paused, and stays paused: until the move is over\naudit: up to date\nalerts: up to date\n',
    );
  });

  test('shows how to delete a schedule that is not in the config', async () => {
    await client.schedule.create({
      scheduleId: 'weather',
      spec: { intervals: [{ every: '1h' }] },
      action: { type: 'startWorkflow', workflowType: 'weather', taskQueue: 'nobody' },
    });
    expect((await schedules('plan')).stdout).toContain('temporal schedule delete -s weather');
    await client.schedule.getHandle('weather').delete();
  });
});

describe('manual control', () => {
  test('the note of a pause has the user; a second pause keeps it; resume ends the pause', async () => {
    const paused = await json('pause', 'sync', '--note', 'disk is being moved');
    expect(paused).toEqual({
      id: 'sync',
      change: 'paused',
      note: expect.stringMatching(/^disk is being moved \(paused by .+@.+\)$/) as string,
    });
    expect((await sync().describe()).state).toMatchObject({ paused: true, note: paused['note'] });
    expect(await json('pause', 'sync')).toEqual({ ...paused, change: 'unchanged' });
    expect((await schedules('list')).stdout).toMatch(/^sync +paused .*disk is being moved/m);

    const resumed = await json('resume', 'sync');
    expect(resumed).toEqual({
      id: 'sync',
      change: 'resumed',
      note: expect.stringMatching(/^resumed by .+@.+$/) as string,
    });
    expect((await sync().describe()).state).toMatchObject({ paused: false, note: resumed['note'] });
    expect((await schedules('list')).stdout).not.toContain('disk is being moved');
    expect(await json('resume', 'sync')).toEqual({ ...resumed, change: 'unchanged' });
  });

  test('the reason of a resume replaces the reason of the pause', async () => {
    await temporal('schedule', 'toggle', '-s', 'sync', '--pause', '--reason', 'disk is being moved');
    const signed = expect.stringMatching(/^disk was moved \(resumed by .+@.+\)$/) as string;
    expect(await json('resume', 'sync', '--reason', 'disk was moved')).toMatchObject({ note: signed });
    expect((await sync().describe()).state).toMatchObject({ paused: false, note: signed });
    expect(await json('pause', 'sync', '--reason', 'once more')).toMatchObject({
      note: expect.stringContaining('once more') as string,
    });
    await schedules('resume', 'sync');
    expect(await temporal('schedule', 'describe', '-s', 'sync')).not.toContain('once more');
  });

  test('with an invalid config, schedules are listed, paused and resumed, and the error is on stderr', async () => {
    await writeFile(join(folder, 'invalid.yaml'), 'sources: 7');
    const invalid = (...args: string[]) =>
      tidehouse(['--config', 'invalid.yaml', 'schedules', ...args], {
        folder,
        env: { TEMPORAL_ADDRESS: server.address },
      });
    const paused = await invalid('pause', 'sync');
    expect([paused.code, paused.stderr]).toEqual([
      0,
      expect.stringMatching(
        /^\S+invalid\.yaml:1: .*; to see all: tidehouse --config invalid\.yaml doctor\)\n$/,
      ) as string,
    ]);
    expect((await sync().describe()).state.paused).toBe(true);
    const listed = await invalid('list');
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(/^sync +paused/m);
    expect(listed.stdout).not.toContain('weather');
    expect(await invalid('resume', 'sync')).toMatchObject({ code: 0 });
    expect((await sync().describe()).state.paused).toBe(false);
    expect(await invalid('apply')).toMatchObject({ code: 2, stdout: '' });
  });

  test('a trigger during a run starts no second run, and prints the one in progress', async () => {
    const { started } = await json('trigger', 'sync');
    expect(started).toMatch(/^sync-\d{4}-/);
    expect(await json('trigger', 'sync')).toEqual({ id: 'sync', started: null, running: started });
    expect(await runs()).toEqual([started]);
  });

  test('a backfill starts one run now and one after it', async () => {
    expect(await json('backfill', 'sync', '--from', '2026-11-01', '--to', '2026-11-02')).toMatchObject({
      due: 145,
    });
    const [first] = await eventually('a run starts', async () => {
      const going = await runs();
      return going.length > 0 && going;
    });
    expect(await runs()).toEqual([first]);
    await client.workflow.getHandle(first!).terminate();
    await eventually('the second run starts', async () => {
      const going = await runs();
      return going.length === 1 && going[0] !== first;
    });
  });

  test.each([
    [2, 'Allowed choices are sync, weather, audit, alerts', ['pause', 'synk']],
    [2, 'To create the missing ones: tidehouse schedules apply', ['pause', 'weather']],
    [2, 'must be before --to', ['backfill', 'sync', '--from', '2026-11-02', '--to', '2026-11-01']],
    [2, 'not "yesterday"', ['backfill', 'sync', '--from', 'yesterday', '--to', '2026-11-01']],
    [
      2,
      'Schedule "sync": no run was due',
      ['backfill', 'sync', '--from', '2026-11-01T00:01:00Z', '--to', '2026-11-01T00:02:00Z'],
    ],
    [2, "required option '--to <time>'", ['backfill', 'sync', '--from', '2026-11-01']],
  ])('an invalid command line exits with %i and the message: %s', async (code, message, args) => {
    const ended = await schedules(...args);
    expect(ended.stderr).toContain(message);
    expect(ended.code).toBe(code);
  });
});

test("Temporal's own CLI operates the same schedules", async () => {
  expect(await temporal('schedule', 'describe', '-s', 'sync')).toContain('Syncs all sources');
  await eventually('it is listed', async () =>
    (await temporal('schedule', 'list')).split('\n').some((line) => /^\s*sync\b/.test(line)),
  );

  await temporal('schedule', 'toggle', '-s', 'sync', '--pause', '--reason', 'by the CLI');
  expect((await schedules('list')).stdout).toMatch(/^sync +paused .*by the CLI/m);
  expect((await schedules('apply')).stdout).toBe('sync: unchanged\naudit: unchanged\nalerts: unchanged\n');
  expect(await temporal('operator', 'search-attribute', 'list')).toMatch(/^ *LagSeconds +Int *$/m);
  expect((await sync().describe()).state).toMatchObject({ paused: true, note: 'by the CLI' });
  await temporal('schedule', 'toggle', '-s', 'sync', '--unpause', '--reason', 'done');

  await temporal('schedule', 'trigger', '-s', 'sync');
  const [first] = await eventually('a run starts', async () => {
    const going = await runs();
    return going.length > 0 && going;
  });
  await temporal('schedule', 'trigger', '-s', 'sync');
  await temporal(
    ...['schedule', 'backfill', '-s', 'sync', '--overlap-policy', 'BufferOne'],
    ...['--start-time', '2026-11-01T00:00:00Z', '--end-time', '2026-11-01T01:00:00Z'],
  );
  expect(await runs()).toEqual([first]);
  expect((await schedules('plan')).stdout).toBe('sync: up to date\naudit: up to date\nalerts: up to date\n');
});
