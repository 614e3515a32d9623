import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(__dirname, '..');

/** What each folder may import beside itself: those beneath it, and nothing else of ours. */
const beneath: Readonly<Record<string, readonly string[]>> = {
  model: [],
  activities: ['model'],
  workflows: ['model'],
  worker: ['activities', 'model'],
  local: ['worker', 'activities', 'model'],
  client: ['local', 'worker', 'activities', 'model'],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const sources = Object.keys(beneath).flatMap((folder) => filesIn(folder));
const imports = sources.flatMap(importsOf);

test('a folder imports only from those beneath it', () => {
  const upwards = imports.filter(({ from, to, typeOnly }) => {
    const [above, below] = [folderOf(from), folderOf(to)];
    const knownAsType =
      typeOnly &&
      (above === 'workflows' ? below === 'activities' : above === 'client' && below === 'workflows');
    return above !== below && !knownAsType && !beneath[above]!.includes(below);
  });
  expect(upwards).toEqual([]);
  expect(imports.length).toBeGreaterThan(100);
});

test('no import leads back to where it came from', () => {
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

test('the model and the workflows touch no clock, disk, network or environment', () => {
  const effects =
    /from '(node:[^']+|pg|axios)'|\bprocess\.(env|cwd|argv)\b|\bfetch\(|\bDate\.now\(|\bnew Date\(\)/;
  const touching = sources.filter((file) => /^(model|workflows)\//.test(file) && effects.test(textOf(file)));
  expect(touching).toEqual([]);
});

test('what status loads holds no native worker', () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { to, typeOnly, from } of imports) if (from === file && !typeOnly) visit(to);
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

function importsOf(file: string): Import[] {
  const found = textOf(file).matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from '(\.[^']+)'/gm);
  return [...found].map(([, type, path]) => ({
    from: file,
    to: relative(root, join(root, dirname(file), path!)),
    typeOnly: type !== undefined,
  }));
}
