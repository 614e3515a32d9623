import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseConfig } from '../model/config.ts';

const root = join(__dirname, '..');
const pages = [
  ...readdirSync(root).filter(isMarkdown),
  ...readdirSync(join(root, 'docs'))
    .filter(isMarkdown)
    .map((name) => `docs/${name}`),
  'bench/README.md',
];
const folders = [
  ...[
    'model',
    'workflows',
    'activities',
    'page',
    'worker',
    'local',
    'client',
    'bench',
    'test',
    'sql',
    'deploy',
    'docs',
  ],
  ...['.ci', '.github'],
];
/** Files that are generated from the code; the tests of their generators check that they are up to date. */
const generated = ['docs/commands.md', 'sql/schema.sql'];

interface Mention {
  readonly page: string;
  readonly target: string;
}

function isMarkdown(name: string): boolean {
  return name.endsWith('.md');
}

test('there are pages to check', () => {
  expect(pages).toEqual(
    expect.arrayContaining([
      'README.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      'docs/operate.md',
    ]),
  );
});

test('every relative link leads to a file, and its anchor to a heading', () => {
  const links = pages.flatMap(linksOf);
  expect(links.length).toBeGreaterThan(30);
  expect(links.filter((link) => !leadsSomewhere(link))).toEqual([]);
});

test('every path of the repository in backticks exists', () => {
  const paths = pages.flatMap((page) =>
    codeWordsOf(page)
      .filter((word) => folders.some((folder) => word.startsWith(`${folder}/`)))
      // A pattern: `test/histories/<version>`, `activities/{sync,weather}`.
      .filter((word) => !/[<>{}*…]/.test(word))
      .map((target): Mention => ({ page, target })),
  );
  expect(paths.length).toBeGreaterThan(30);
  expect(paths.filter(({ target }) => !exists(target))).toEqual([]);
});

test('every npm script named in a page exists', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, target]): Mention => ({
      page,
      target: target!,
    })),
  );
  const known = Object.keys(scripts);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ target }) => !known.includes(target))).toEqual([]);
});

test.each(['README.md', 'docs/config.md'])('the example config in %s is valid', (page) => {
  const text = /```yaml\n(sources:[^]*?)```/.exec(textOf(page))![1]!;
  const env = Object.fromEntries([...text.matchAll(/\$([A-Z_]+)/g)].map(([, name]) => [name!, 'a secret']));
  expect(() => parseConfig(text, page, env)).not.toThrow();
});

test('examples name a source, a table, a place instead of x, y or t', () => {
  const letters = pages
    .filter((page) => page !== 'CHANGELOG.md')
    .flatMap((page) => codeWordsOf(page).map((target): Mention => ({ page, target })))
    .filter(({ target }) => /(^|[/.])[txy]($|[/.])/.test(target));
  expect(letters).toEqual([]);
});

test('every page of docs/ is linked from the README', () => {
  const linked = linksOf('README.md').map(({ target }) => target);
  const unlinked = readdirSync(join(root, 'docs')).filter((name) => !linked.includes(`docs/${name}`));
  expect(unlinked).toEqual([]);
});

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function withoutBlocks(page: string): string {
  return textOf(page).replace(/^ *```[^]*?^ *```$/gm, '');
}

function linksOf(page: string): Mention[] {
  return [...withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]): Mention => ({ page, target: target! }))
    .filter(({ target }) => !/^\w+:/.test(target));
}

function codeWordsOf(page: string): string[] {
  return [...withoutBlocks(page).matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => code!.split(/\s+/));
}

function leadsSomewhere({ page, target }: Mention): boolean {
  const [path, anchor] = target.split('#') as [string, string?];
  const file = path === '' ? page : relative(root, join(root, dirname(page), path));
  if (!exists(file)) return false;
  return anchor === undefined || anchorsOf(file).includes(anchor);
}

function exists(file: string): boolean {
  return generated.includes(file) || existsSync(join(root, file));
}

/** The anchors that GitHub generates for the headings of a page. */
function anchorsOf(page: string): string[] {
  if (!statSync(join(root, page)).isFile()) return [];
  return [...withoutBlocks(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
