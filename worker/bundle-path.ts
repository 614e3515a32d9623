import { join } from 'node:path';

/** Where the build writes the bundle of the workflows' code: next to the compiled worker. */
export const bundlePath = join(__dirname, 'workflow-bundle.js');
