import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');

/** The folders of test/ that mirror no folder: tests across folders, and what tests use. */
const elsewhere = ['compose', 'guarantees', 'histories', 'support'];

/** Tests with a name of their own, to be renamed or moved. Nothing may be added. */
const exceptions = [
  'activities/sync/extract-errors.test.ts',
  'activities/sync/source/identity.test.ts',
  'workflows/replay.test.ts',
];

test('a test file has the path of the file or the folder that it tests', () => {
  const tests = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.test.ts') && file.includes('/') && !elsewhere.includes(file.split('/')[0]!),
  );
  const misplaced = tests.filter((test) => {
    const subject = join(root, test.replace(/\.test\.ts$/, ''));
    return !['.ts', '.sql', ''].some((ending) => existsSync(subject + ending));
  });
  expect(misplaced.filter((test) => !exceptions.includes(test))).toEqual([]);
  expect(tests.length).toBeGreaterThan(40);
});
