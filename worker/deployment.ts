import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { ConfigError } from '../model/config.ts';

/**
 * Which version of which Worker Deployment this process is, when TIDEHOUSE_DEPLOYMENT and TIDEHOUSE_BUILD_ID say so;
 * `undefined` without them: then it takes whatever work there is. Throws a ConfigError for one without the other.
 *
 * Runs go over to a new version (AUTO_UPGRADE) instead of staying on theirs. A pinned run whose last worker is gone
 * would hold its source, whose mutex its workflow id is, until it times out; and one that lasts for days would keep an
 * old worker alive for as long. That new code goes on with old runs is what the replay of recorded histories tests.
 */
export function deploymentOptions(
  env: Readonly<Record<string, string | undefined>>,
): WorkerDeploymentOptions | undefined {
  const deploymentName = env['TIDEHOUSE_DEPLOYMENT'] ?? '';
  const buildId = env['TIDEHOUSE_BUILD_ID'] ?? '';
  if (!deploymentName && !buildId) return undefined;
  if (!deploymentName || !buildId)
    throw new ConfigError([
      `${deploymentName ? 'TIDEHOUSE_BUILD_ID' : 'TIDEHOUSE_DEPLOYMENT'} is not set, though ${deploymentName ? 'TIDEHOUSE_DEPLOYMENT' : 'TIDEHOUSE_BUILD_ID'} is; set both to version this worker (for example TIDEHOUSE_DEPLOYMENT=tidehouse TIDEHOUSE_BUILD_ID=2026-11-24), or neither.`,
    ]);
  // Temporal writes a version as name.build, so that a name cannot hold a dot.
  if (/[.:]/.test(deploymentName))
    throw new ConfigError([
      `TIDEHOUSE_DEPLOYMENT is ${JSON.stringify(deploymentName)}; the name of a deployment holds neither "." nor ":", for example tidehouse.`,
    ]);
  return {
    version: { deploymentName, buildId },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}
