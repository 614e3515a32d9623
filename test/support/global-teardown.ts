import { clear } from './leftovers.ts';

/** Ends the servers that still run, the shared ones included, and removes what tests have written. */
export default function tearDown(): void {
  const folder = process.env.TIDEHOUSE_TEST_FOLDER;
  if (folder) clear(folder);
}
