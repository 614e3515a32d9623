import { Client, Connection } from '@temporalio/client';
import { applySchedules } from '../../../client/schedules/apply.ts';
import { startTemporal } from '../../../local/temporal/server.ts';
import type { TemporalServer } from '../../../local/temporal/server.ts';
import { temporalBinary } from '../../../local/temporal/binary.ts';
import type { Config } from '../../../model/config.ts';
import { quietAlerts } from '../../support/config.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let server: TemporalServer;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  await temporalBinary();
  server = await startTemporal({ folder: await temporaryFolder('schedules') });
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
}, 400_000);

afterEach(async () => client.schedule.getHandle('sync').delete());

afterAll(async () => {
  await connection.close();
  await server.stop();
});

test('a second apply changes nothing', async () => {
  expect(await apply(600_000)).toBe('created');
  expect(await apply(600_000)).toBe('unchanged');
});

test('a new interval updates the schedule and keeps the pause and its note', async () => {
  await apply(600_000);
  await client.schedule.getHandle('sync').pause('until the move is over');
  expect(await apply(300_000)).toBe('updated');

  const { state, spec, policies, action } = await client.schedule.getHandle('sync').describe();
  expect(state).toMatchObject({ paused: true, note: 'until the move is over' });
  expect(spec.intervals).toMatchObject([{ every: 300_000 }]);
  expect(policies).toEqual({ overlap: 'SKIP', catchupWindow: 300_000, pauseOnFailure: false });
  expect(action).toMatchObject({ args: [{ waitMinutes: 4 }], workflowRunTimeout: 300_000 });
});

test('a manual change is reverted', async () => {
  await apply(600_000);
  await client.schedule.getHandle('sync').update((was) => ({
    ...was,
    spec: { ...was.spec, calendars: [{ hour: 3 }] },
  }));
  expect(await apply(600_000)).toBe('updated');
  expect(await apply(600_000)).toBe('unchanged');
});

test('several simultaneous applies create one schedule, and all succeed', async () => {
  const changes = await Promise.all([1, 2, 3, 4].map(() => apply(600_000)));
  expect(changes.filter((change) => change === 'created')).toHaveLength(1);
  expect(await apply(600_000)).toBe('unchanged');
});

test('a pause between the comparison and the update is kept', async () => {
  await apply(600_000);
  const handle = client.schedule.getHandle('sync');
  expect(
    await apply(
      300_000,
      beforeUpdate(() => handle.pause('mine')),
    ),
  ).toBe('updated');
  const { state, spec } = await handle.describe();
  expect(state).toMatchObject({ paused: true, note: 'mine' });
  expect(spec.intervals).toMatchObject([{ every: 300_000 }]);
});

/** A client that makes `change` after `apply` has compared the schedule and before it reads the schedule for its update. */
function beforeUpdate(change: () => Promise<void>): Client {
  let describes = 0;
  const { workflowService } = connection;
  const service = Object.create(workflowService, {
    describeSchedule: {
      value: async (request: Parameters<typeof workflowService.describeSchedule>[0]) => {
        if (++describes === 2) await change();
        return workflowService.describeSchedule(request);
      },
    },
  }) as typeof workflowService;
  return new Client({
    connection: Object.create(connection, { workflowService: { value: service } }) as Connection,
  });
}

async function apply(sync: number, by = client): Promise<string | undefined> {
  const config: Config = {
    sources: { project_a: { url: { env: 'PROJECT_A_URL' } } },
    warehouse: { url: { env: 'WAREHOUSE_URL' } },
    staging: './staging',
    tables: { events: {} },
    schedules: { sync, weather: 3_600_000, audit: 86_400_000, alerts: 60_000 },
    alerts: quietAlerts,
  };
  const [change] = await applySchedules(by, config);
  return change?.change;
}
