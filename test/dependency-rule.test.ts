import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(__dirname, '..');

/** The folders that each folder may import from, apart from itself. */
const lower: Readonly<Record<string, readonly string[]>> = {
  model: [],
  activities: ['model'],
  workflows: ['model'],
  page: ['activities', 'model'],
  worker: ['page', 'activities', 'model'],
  local: ['worker', 'page', 'activities', 'model'],
  client: ['local', 'worker', 'page', 'activities', 'model'],
};

/** The additional folders from which a folder may import types. */
const asTypes: Readonly<Record<string, readonly string[]>> = {
  workflows: ['activities'],
  client: ['workflows'],
};

/** The packages that folders without effects may import: those that also run in a workflow's sandbox. */
const pure: Readonly<Record<string, readonly string[]>> = {
  model: ['@temporalio/common', 'yaml', 'zod'],
  workflows: ['@temporalio/common', '@temporalio/workflow'],
};

interface Import {
  readonly from: string;
  /** A source file, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
  /** By `import()`, at run time. */
  readonly dynamic: boolean;
}

const sources = Object.keys(lower).flatMap((folder) => filesIn(folder));
const allImports = sources.flatMap((file) => importsOf(file, textOf(file)));
const imports = allImports.filter(({ to }) => isOurs(to));

test('a folder imports only from the folders below it', () => {
  expect(allImports.filter(breaksTheRule)).toEqual([]);
  expect(imports.length).toBeGreaterThan(100);
});

test.each([
  ['model/a.ts', `import { b } from '../activities/b.ts';`],
  ['model/a.ts', `import type { b } from '../workflows/b.ts';`],
  ['model/a.ts', `import { readFile } from 'node:fs/promises';`],
  ['model/a.ts', `import { Client } from 'pg';`],
  ['workflows/a.ts', `import { b } from '../activities/sync/b.ts';`],
  ['workflows/a.ts', `import {\n  b,\n} from '../activities/b.ts';`],
  ['workflows/a.ts', `export { b } from '../activities/b.ts';`],
  ['workflows/a.ts', `import '../activities/b.ts';`],
  ['workflows/a.ts', `const b = await import('../activities/b.ts');`],
  ['workflows/a.ts', `import { Client } from '@temporalio/client';`],
  ['workflows/a.ts', `import type { Worker } from '@temporalio/worker';`],
  ['workflows/a.ts', `import { log } from '@temporalio/activity';`],
  ['workflows/a.ts', `import axios from 'axios';`],
  ['workflows/a.ts', `import path from 'path';`],
  ['activities/a/b.ts', `import type { c } from '../../worker/c.ts';`],
  ['activities/a/b.ts', `import type { c } from '../../workflows/c.ts';`],
  ['page/a.ts', `import { b } from '../worker/b.ts';`],
  ['worker/a.ts', `import { b } from '../local/b.ts';`],
  ['local/a.ts', `import { b } from '../client/b.ts';`],
  ['client/a.ts', `import { b } from '../workflows/b.ts';`],
])('the rule rejects %s: %s', (file, text) => {
  expect(importsOf(file, text).filter(breaksTheRule)).toHaveLength(1);
});

test.each([
  ['workflows/a.ts', `import type { b } from '../activities/b.ts';`],
  ['client/a.ts', `import type { b } from '../workflows/b.ts';`],
  ['activities/a.ts', `import { Client } from 'pg';`],
  ['client/a/b.ts', `import { c } from '../../model/c.ts';`],
])('the rule allows %s: %s', (file, text) => {
  expect(importsOf(file, text).map(breaksTheRule)).toEqual([false]);
});

test('there are no import cycles', () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (path.includes(file) || done.has(file)) return;
    for (const { to } of imports.filter(({ from }) => from === file)) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  expect(circles).toEqual([]);
});

test('only an entry point ends the process', () => {
  const ending = sources.filter(
    (file) => /\bprocess\.exit\(/.test(textOf(file)) && !file.endsWith('main.ts'),
  );
  expect(ending).toEqual([]);
});

test('the model and the workflows use no disk, network or environment, and the model no clock', () => {
  const effects = /\bprocess\.(env|cwd|argv)\b|\bfetch\(/;
  // In a workflow, Temporal replaces the clock by the times of its history.
  const clock = /\bDate\.now\(|\bnew Date\(\)/;
  const touching = sources.filter(
    (file) =>
      (/^(model|workflows)\//.test(file) && effects.test(textOf(file))) ||
      (file.startsWith('model/') && clock.test(textOf(file))),
  );
  expect(touching).toEqual([]);
});

test('status does not import the native worker', () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { from, to, typeOnly, dynamic } of imports)
      if (from === file && !typeOnly && !dynamic) visit(to);
  };
  visit('client/program.ts');
  visit('client/status/status.ts');
  const native = [...reached].filter((file) =>
    /^import (?!type )[^;]*from '@temporalio\/worker'/m.test(textOf(file)),
  );
  expect(native).toEqual([]);
});

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`);
}

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function folderOf(file: string): string {
  return file.split('/')[0]!;
}

function isOurs(to: string): boolean {
  return folderOf(to) in lower && to.endsWith('.ts');
}

function breaksTheRule({ from, to, typeOnly }: Import): boolean {
  const [above, below] = [folderOf(from), folderOf(to)];
  if (!isOurs(to)) return above in pure && !pure[above]!.includes(to);
  const allowed = [above, ...lower[above]!, ...(typeOnly ? (asTypes[above] ?? []) : [])];
  return !allowed.includes(below);
}

/** The imports of a file: static, for side effects only, dynamic, and re-exports. */
function importsOf(file: string, text: string): Import[] {
  const found = (pattern: RegExp, dynamic: boolean): Import[] =>
    [...text.matchAll(pattern)].map(({ groups }) => ({
      from: file,
      to: groups!.path!.startsWith('.')
        ? relative(root, join(root, dirname(file), groups!.path!))
        : groups!.path!,
      typeOnly: groups!.type !== undefined,
      dynamic,
    }));
  return [
    ...found(/^(?:import|export)\s+(?<type>type\s)?(?:[^;'"]*?\sfrom\s+)?'(?<path>[^']+)'/gm, false),
    ...found(/\bimport\(\s*'(?<path>[^']+)'/g, true),
  ];
}
