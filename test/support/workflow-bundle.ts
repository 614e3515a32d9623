import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { join } from 'node:path';
import { packageRoot } from '../../local/package-root.ts';

let bundle: Promise<{ code: string }> | undefined;

/** The workflows as they are in the sources now, bundled once per test file. */
export function workflowBundle(): Promise<{ code: string }> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: join(packageRoot, 'workflows', 'index.ts'),
    logger: new DefaultLogger('WARN'),
  });
  return bundle;
}
