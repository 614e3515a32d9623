import { quietAlerts } from '../../support/config.ts';
import { wantedSchedules } from '../../../client/schedules/wanted.ts';
import type { Config } from '../../../model/config.ts';

test('the terms of sync follow from its interval', () => {
  expect(wantedSchedules(every(600_000))).toMatchInlineSnapshot(`
    [
      {
        "id": "sync",
        "note": "Syncs all sources into the warehouse every 10 min.",
        "terms": {
          "args": [
            {
              "waitMinutes": 8,
            },
          ],
          "catchupMs": 600000,
          "everyMs": 600000,
          "overlap": "SKIP",
          "pauseOnFailure": false,
          "runTimeoutMs": 600000,
          "summary": "all sources, every 10 min",
          "taskQueue": "tidehouse",
          "workflowId": "sync",
          "workflowType": "sync",
        },
      },
      {
        "id": "audit",
        "note": "Compares every row with its source every 24 h, and mends what differs.",
        "terms": {
          "args": [
            {
              "minutes": 240,
            },
          ],
          "catchupMs": 86400000,
          "everyMs": 86400000,
          "overlap": "SKIP",
          "pauseOnFailure": false,
          "runTimeoutMs": 86400000,
          "summary": "all sources, every 24 h",
          "taskQueue": "tidehouse",
          "workflowId": "audit",
          "workflowType": "audit",
        },
      },
      {
        "id": "alerts",
        "note": "Checks for problems, opens an incident for each and resolves those that are over.",
        "terms": {
          "args": [],
          "catchupMs": 10000,
          "everyMs": 60000,
          "overlap": "SKIP",
          "pauseOnFailure": false,
          "runTimeoutMs": 180000,
          "summary": "check health, open and resolve incidents",
          "taskQueue": "tidehouse",
          "workflowId": "alerts",
          "workflowType": "alerts",
        },
      },
    ]
  `);
});

test('the catchup window is never shorter than Temporal accepts', () => {
  const [sync] = wantedSchedules(every(5_000));
  expect(sync?.terms).toMatchObject({
    catchupMs: 10_000,
    runTimeoutMs: 5_000,
    args: [{ waitMinutes: 4 / 60 }],
  });
});

function every(sync: number): Config {
  return {
    sources: { project_a: { url: { env: 'PROJECT_A_URL' } } },
    warehouse: { url: { env: 'WAREHOUSE_URL' } },
    staging: './staging',
    tables: { events: {} },
    schedules: { sync, weather: 3_600_000, audit: 86_400_000, alerts: 60_000 },
    alerts: quietAlerts,
  };
}
