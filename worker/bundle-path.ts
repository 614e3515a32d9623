import { join } from 'node:path';

/** Where the build leaves the workflows' code, beside the compiled worker. */
export const bundlePath = join(__dirname, 'workflow-bundle.js');
