import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { bundlePath } from './bundle-path.ts';

/** Bundles the workflows at build time, so a worker starts quickly and has no bundler in memory. */
async function writeBundle(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, '..', 'workflows', 'index.js'),
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(bundlePath, code);
}

if (require.main === module) void writeBundle();
