import { join } from 'node:path';
import { packageRoot } from '../activities/package-root.ts';

/** Where the build writes the bundle of the workflows' code, wherever the code that asks runs from. */
export const bundlePath = join(packageRoot, 'dist', 'worker', 'workflow-bundle.js');
