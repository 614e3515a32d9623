import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { packageRoot } from '../../activities/package-root.ts';
import { temporaryFolder } from './temporary-folder.ts';

let bundle: Promise<{ codePath: string }> | undefined;

/** The current workflows, bundled once per test run by the first test file that needs them. */
export function workflowBundle(): Promise<{ codePath: string }> {
  bundle ??= makeBundle();
  return bundle;
}

async function makeBundle(): Promise<{ codePath: string }> {
  const folder = await temporaryFolder('bundle');
  const codePath = join(folder, '..', 'workflow-bundle.js');
  if (existsSync(codePath)) return { codePath };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(packageRoot, 'workflows', 'index.ts'),
    logger: new DefaultLogger('WARN'),
  });
  // Renamed, so a test file that runs at the same time never reads half of it.
  const own = join(folder, 'workflow-bundle.js');
  await writeFile(own, code);
  await rename(own, codePath);
  return { codePath };
}
