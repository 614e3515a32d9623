import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startSync } from '../../client/run/start.ts';
import { temporalBinary } from '../../local/temporal/binary.ts';
import { deploymentOptions } from '../../worker/deployment.ts';
import { eventually } from '../support/eventually.ts';
import { openStar } from '../support/star.ts';
import { openTemporal } from '../support/temporal.ts';
import { workerFiles } from '../support/worker-files.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

test('without the variables a worker has no version', () => {
  expect(deploymentOptions({ TIDEHOUSE_DEPLOYMENT: '' })).toBeUndefined();
});

test.each([
  ['TIDEHOUSE_BUILD_ID is not set', { TIDEHOUSE_DEPLOYMENT: 'tidehouse' }],
  ['TIDEHOUSE_DEPLOYMENT is not set', { TIDEHOUSE_BUILD_ID: '1' }],
  ['contains neither', { TIDEHOUSE_DEPLOYMENT: 'tide.water', TIDEHOUSE_BUILD_ID: '1' }],
])('invalid variables are an error: %s', (said, env) => {
  expect(() => deploymentOptions(env)).toThrow(said);
});

test('a versioned worker takes work once its version is the current one', async () => {
  const binary = await temporalBinary();
  const [star, temporal] = [await openStar(), await openTemporal()];
  const given = await workerFiles(star, temporal, { pages: {} });
  const worker = startWorkerProcess({
    ...given,
    env: { TIDEHOUSE_DEPLOYMENT: 'tidehouse', TIDEHOUSE_BUILD_ID: 'first' },
  });
  const setCurrent = [
    ...['worker', 'deployment', 'set-current-version', '--address', temporal.address],
    ...['--deployment-name', 'tidehouse', '--build-id', 'first', '--yes'],
  ];
  await eventually('the version is known', () =>
    promisify(execFile)(binary, setCurrent).then(
      () => true,
      () => false,
    ),
  );
  const run = await startSync(temporal.client, undefined);
  await run.result();
  const { workflowExecutionInfo } = await temporal.client.workflowService.describeWorkflowExecution({
    namespace: 'default',
    execution: { workflowId: run.workflowId },
  });
  expect(workflowExecutionInfo?.versioningInfo).toMatchObject({
    deploymentVersion: { deploymentName: 'tidehouse', buildId: 'first' },
  });
  expect(await worker.stop()).toBe(0);
  await temporal.close();
  await star.close();
}, 400_000);
