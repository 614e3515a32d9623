import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

/** Creates an empty folder, which is removed at the end of the test run, after the servers with data in it have ended. */
export async function temporaryFolder(name: string): Promise<string> {
  const all = process.env.TIDEHOUSE_TEST_FOLDER;
  if (!all)
    throw new Error(
      'This test writes files or starts servers, and its run has made no folder for them. Run it with "npx jest", and keep it out of jest.unit.mjs.',
    );
  return mkdtemp(join(all, `${name}-`));
}
