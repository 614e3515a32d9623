import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';
import { runProgram } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const compileCache = join(packageRoot, 'dist', 'client', 'compile-cache.js');

let folder: string;
let program: string;
beforeEach(async () => {
  folder = await temporaryFolder('compiled');
  program = join(folder, 'program.js');
  await writeFile(program, "console.log(require('./part.js')())");
  await writeFile(join(folder, 'part.js'), "module.exports = () => 'first'");
});

test('what one process has compiled serves the next, until a module changes', async () => {
  expect(await run()).toBe('first');
  const kept = await compiled();
  expect(await run()).toBe('first');
  expect(await compiled()).toEqual(kept);
  // Of the same length: V8 alone would not notice.
  await writeFile(join(folder, 'part.js'), "module.exports = () => 'other'");
  expect(await run()).toBe('other');
  expect(await compiled()).not.toEqual(kept);
});

test('a damaged file is replaced', async () => {
  await run();
  const kept = await compiled();
  await writeFile(await compiledFile(), kept.fill(0, kept.length - 100));
  expect(await run()).toBe('first');
  expect((await compiled()).subarray(-100)).not.toEqual(Buffer.alloc(100));
});

test('a module can import and require ES modules, relative to itself, and has all that a module has', async () => {
  await writeFile(join(folder, 'imported.mjs'), "export default 'imported'");
  await writeFile(program, "import('./imported.mjs').then((found) => console.log(found.default))");
  expect(await run()).toBe('imported');
  await writeFile(program, "console.log(require('./imported.mjs').default)");
  expect(await run()).toBe('imported');
  await writeFile(
    program,
    "console.log(__filename === module.filename, this === exports, require.resolve('./part.js') === __dirname + '/part.js')",
  );
  expect(await run()).toBe('true true true');
});

test('where nothing can be written, the program runs', async () => {
  expect(await run('/proc')).toBe('first');
});

async function run(where = folder): Promise<string> {
  const start = 'require(process.argv[1]).keepCompiled(process.argv[2]); require(process.argv[3])';
  const args = ['-e', start, compileCache, where, program];
  const { code, stdout, stderr } = await runProgram(process.execPath, args, '/');
  expect([code, stderr.replace(/.*ExperimentalWarning[^]*/, '')]).toEqual([0, '']);
  return stdout.trim();
}

async function compiledFile(): Promise<string> {
  const [name] = (await readdir(folder)).filter((each) => each.startsWith('compiled-'));
  return join(folder, name!);
}

async function compiled(): Promise<Buffer> {
  return readFile(await compiledFile());
}
