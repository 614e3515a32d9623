import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');

/**
 * Words that this project used for ideas with a standard name, each with the name to use. They must not appear anywhere: not in
 * code, SQL, messages, documentation or comments.
 */
const words: readonly (readonly [RegExp, string])[] = [
  [/\bthings?\b/i, 'subject, or the thing by its name'],
  [/\bbesides?\b/i, 'related, next to, in addition to'],
  [/\b(tells?|told|telling)\b/i, 'notify (a chat), report, show, distinguish'],
  [/\bfindings?\b/i, 'check, problem'],
  [/\b(books?|(un)?balanced?)\b/i, 'row counts, reconcile'],
  [/\bmistakes?\b/i, 'error'],
  [/\b(furnish\w*|houses?|rooms?)\b/i, 'stack, prepare, schema; space'],
  [/\bsteps?\b/i, 'activity, phase'],
  [/\blook(s|ed|ing)?[ -]?around\b/i, 'health check, checkHealth'],
  [/\b(well again|(is|are|was|were) well)\b/i, 'resolved'],
  [/\b((is|are|was|were|still) wrong)\b/i, 'problem, ongoing'],
  [/\bheld up\b/i, 'blocked by a long transaction'],
  [/(?<!\bthere )\b(is|are|was|were) no (?!longer\b|more\b)\w+/i, 'is not a'],
  [/\bof which (nothing|nobody)\b/i, 'plain English'],
  [/\bsomebody's to (mend|put right)\b/i, 'plain English'],
];

/** Files that contain such words for a reason. */
const exempt: readonly (readonly [RegExp, string])[] = [
  [/^test\/words\.test\.ts$/, 'the list itself'],
  [/^test\/histories\/\d/, 'recorded by earlier versions'],
  [/^sql\/warehouse\/000[1-5]-/, 'applied migrations: their hashes stand in warehouses'],
  [/^CHANGELOG\.md$/, 'names what was renamed'],
  [/^\.github\//, 'the keys of another format'],
  [/^deploy\/grafana\/dashboards\//, 'the keys of another format'],
  [/^package-lock\.json$/, 'generated'],
];

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.(ts|mjs|sql|sh|md|ya?ml|json)$|^\.ci\/|Dockerfile$|\.example$/.test(file))
  .filter((file) => !exempt.some(([pattern]) => pattern.test(file)));

test('every idea has its standard name', () => {
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, at) =>
        words
          .filter(([pattern]) => pattern.test(line))
          .map(([pattern, name]) => `${file}:${at + 1}: "${pattern.exec(line)![0]}" (${name})`),
      ),
  );
  expect(files.length).toBeGreaterThan(300);
  expect(found).toEqual([]);
});

test('the list matches the words', () => {
  const found = (text: string) => words.some(([pattern]) => pattern.test(text));
  for (const text of ['What is told of', 'the books balance', 'it is no file', 'a look-around'])
    expect([text, found(text)]).toEqual([text, true]);
  for (const text of ['something', 'it is no longer there', 'there is no schedule', 'a wrong password'])
    expect([text, found(text)]).toEqual([text, false]);
});
