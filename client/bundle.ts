import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { rolldown } from 'rolldown';
import { packageRoot } from '../activities/package-root.ts';
import { usedTypesPath } from './fewer-types.ts';
import { usedTypes } from './temporal-types.ts';

/** Where the launcher `tidehouse` finds the command. */
const folder = join(packageRoot, 'dist', 'command');
const entry = 'main.js';

/**
 * The packages that most commands load, and that are bundled with them. All others stay in node_modules: they are loaded by
 * few commands, have native parts, or are Temporal's, of which a process must have one copy: the worker's.
 */
const bundled = ['commander', 'get-east-asian-width', 'hyparquet', 'pg', 'yaml', 'zod'];

/**
 * Bundles the command at build time: to find and read a few hundred small files would take longer than most commands do.
 * What a command imports when it is called stays a file of its own.
 */
async function writeCommand(): Promise<void> {
  const bundle = await rolldown({
    cwd: packageRoot,
    input: { main: join('client', 'main.ts'), 'compile-cache': join('client', 'compile-cache.ts') },
    platform: 'node',
    tsconfig: false,
    external: (id, importer) => id === 'pg-native' || (isPackage(id) && isOurs(importer) && !isBundled(id)),
  });
  // CommonJS: some packages run in sloppy mode only, and tests see in require.cache what a command has loaded.
  const { output } = await bundle.generate({ format: 'cjs', chunkFileNames: '[name]-[hash].js' });
  await bundle.close();
  await mkdir(folder, { recursive: true });
  for (const file of output)
    if (file.fileName !== entry) await replaceFile(file.fileName, 'code' in file ? file.code : file.source);
  const code = output.flatMap((file) => ('code' in file ? [file.code] : []));
  await replaceFile(basename(usedTypesPath), JSON.stringify(await usedTypes(code)));
  // Last: a command that starts meanwhile finds either everything or nothing.
  const main = output.find(({ fileName }) => fileName === entry);
  if (!main || !('code' in main)) throw new Error(`The bundle has no ${entry}.`);
  await replaceFile(entry, main.code);
  const current = new Set([...output.map(({ fileName }) => fileName), basename(usedTypesPath)]);
  for (const name of await readdir(folder)) if (!current.has(name)) await rm(join(folder, name));
}

/** A reader finds the old file or the new one, never a part. */
async function replaceFile(name: string, content: string | Uint8Array): Promise<void> {
  const path = join(folder, name);
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

function isPackage(id: string): boolean {
  return /^[a-z@]/.test(id);
}

function isOurs(importer: string | undefined): boolean {
  return importer !== undefined && !importer.includes('/node_modules/');
}

function isBundled(id: string): boolean {
  return bundled.includes(id);
}

void writeCommand();
