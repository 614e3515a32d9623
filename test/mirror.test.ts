import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..');

/** The folders in test/ that do not mirror a source folder: tests across folders, and support for tests. */
const elsewhere = ['compose', 'guarantees', 'histories', 'support'];

/** A test of recorded histories instead of a source file. */
const ofHistories = 'workflows/replay.test.ts';

const tests = filesBelow(__dirname).filter(
  (file) => file.endsWith('.test.ts') && file.includes('/') && !elsewhere.includes(file.split('/')[0]!),
);
const sources = ['model', 'workflows', 'activities', 'page', 'worker', 'client', 'local'].flatMap((folder) =>
  filesBelow(join(root, folder))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => `${folder}/${file}`),
);

test('every test file has the path of the file or the folder that it tests', () => {
  const misplaced = tests.filter((file) => {
    const subject = join(root, file.replace(/\.test\.ts$/, ''));
    return !['.ts', '.sql', ''].some((ending) => existsSync(subject + ending));
  });
  expect(misplaced).toEqual([ofHistories]);
  expect(tests.length).toBeGreaterThan(40);
});

test("every source file is tested at its path or in its folder's tests", () => {
  const folders = new Set(tests.map((file) => dirname(file)));
  const untested = sources.filter((file) => {
    const folder = dirname(file);
    return (
      !tests.includes(file.replace(/\.ts$/, '.test.ts')) &&
      !folders.has(folder) &&
      !tests.includes(`${folder}.test.ts`)
    );
  });
  expect(untested.filter((file) => !entrances.test(file))).toEqual([]);
  expect(sources.length).toBeGreaterThan(150);
});

/** The command values, which test/client/program.test.ts covers. */
const entrances = /^client\/commands\//;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}
