import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

/** An empty folder that is removed at the end of the test run, together with the servers that run on folders below it. */
export async function temporaryFolder(name: string): Promise<string> {
  const all = process.env.TIDEHOUSE_TEST_FOLDER;
  if (!all)
    throw new Error(
      'TIDEHOUSE_TEST_FOLDER is not set: tests that write files run under jest, whose setup makes it.',
    );
  return mkdtemp(join(all, `${name}-`));
}
