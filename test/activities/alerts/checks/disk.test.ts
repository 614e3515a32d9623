import { tmpdir } from 'node:os';
import { checkDisk } from '../../../../activities/alerts/checks/disk.ts';
import { quietAlerts, schedulesOnly } from '../../../support/config.ts';

const check = (staging: string, diskFree: number) =>
  checkDisk({ config: { ...schedulesOnly, staging, alerts: { ...quietAlerts, diskFree } }, now: 0 });

test('a disk is nearly full when less of it is free than the config requires', async () => {
  expect(await check(tmpdir(), 0)).toEqual([]);
  expect(await check(tmpdir(), 1.01)).toMatchObject([
    { subject: 'disk/staging', kind: 'disk full', since: '1970-01-01T00:00:00.000Z' },
  ]);
});

test('a folder that does not exist yet is not a problem', async () => {
  expect(await check('/does/not/exist', 1.01)).toEqual([]);
});
