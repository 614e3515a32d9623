import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { ConfigError } from '../model/config.ts';

/**
 * This process's version in a Worker Deployment, from TIDEHOUSE_DEPLOYMENT and TIDEHOUSE_BUILD_ID; `undefined` without
 * them, for an unversioned worker, which takes all work of its task queues. Throws a ConfigError when only one is set.
 *
 * Open runs move to a new version (AUTO_UPGRADE) instead of staying pinned to theirs. The workflow id of a source's run is
 * the source's mutex, so a pinned run without workers would block its source until it times out, and a run that lasts for
 * days would keep an old worker alive for as long. Replays of recorded histories test that new code continues old runs.
 */
export function deploymentOptions(
  env: Readonly<Record<string, string | undefined>>,
): WorkerDeploymentOptions | undefined {
  const deploymentName = env['TIDEHOUSE_DEPLOYMENT'] ?? '';
  const buildId = env['TIDEHOUSE_BUILD_ID'] ?? '';
  if (!deploymentName && !buildId) return undefined;
  if (!deploymentName || !buildId)
    throw new ConfigError([
      `${deploymentName ? 'TIDEHOUSE_BUILD_ID' : 'TIDEHOUSE_DEPLOYMENT'} is not set, but ${deploymentName ? 'TIDEHOUSE_DEPLOYMENT' : 'TIDEHOUSE_BUILD_ID'} is; set both to version this worker (for example TIDEHOUSE_DEPLOYMENT=tidehouse TIDEHOUSE_BUILD_ID=2026-11-24), or neither.`,
    ]);
  // Temporal writes a version as name.build, so a name cannot contain a dot.
  if (/[.:]/.test(deploymentName))
    throw new ConfigError([
      `TIDEHOUSE_DEPLOYMENT is ${JSON.stringify(deploymentName)}; the name of a deployment contains neither "." nor ":", for example tidehouse.`,
    ]);
  return {
    version: { deploymentName, buildId },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}
