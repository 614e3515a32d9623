import { join } from 'node:path';

/** The path of the workflow bundle, which the build writes next to the compiled worker. */
export const bundlePath = join(__dirname, 'workflow-bundle.js');
