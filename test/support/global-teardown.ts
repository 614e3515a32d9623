import { clear } from './leftovers.ts';

/** Ends all servers that are still running, including the shared ones, and removes the tests' files. */
export default function tearDown(): void {
  const folder = process.env.TIDEHOUSE_TEST_FOLDER;
  if (folder) clear(folder);
}
